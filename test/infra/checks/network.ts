// What can be reached from where.
import type { Evaluation } from "../evaluation.ts";
import { every } from "../resources.ts";

interface GroupInputs {
  description?: string;
  ingress?: object[];
  egress?: { protocol: string; fromPort: number; toPort: number }[];
}

const ways = new Set([443, 80]);

/** All that EC2 takes in the description of a group. */
const descriptionPattern = /^[\w .\-:/()#,@[\]+=&;{}!$*]{1,255}$/;

/** Ways in, ways out that nothing needs, and what costs money while nobody works. */
export function networkFindings(deployment: Evaluation): string[] {
  const groups = [
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
  ].flatMap((type) => every<GroupInputs>(deployment, type));
  const rules = [
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  ].flatMap((type) => every(deployment, type));
  const gateways = ["aws:ec2/natGateway:NatGateway", "aws:ec2/eip:Eip", "aws:ec2/instance:Instance"].flatMap(
    (type) => every(deployment, type),
  );
  const subnets = every<{ availabilityZone: string }>(deployment, "aws:ec2/subnet:Subnet");
  return [
    ...subnets
      .filter(({ inputs }) => !/^[a-z]+(-[a-z]+)+-\d[a-z]$/.test(inputs.availabilityZone))
      .map(({ name, inputs }) => `${name} is in ${inputs.availabilityZone}, where Fargate is not`),
    ...groups
      .filter(({ inputs: { description = "-" } }) => !descriptionPattern.test(description))
      .map(({ name, inputs }) => `EC2 refuses the description of ${name}: ${inputs.description}`),
    ...groups.flatMap(({ name, inputs: { ingress = [], egress = [] } }) => [
      ...(ingress.length === 0 ? [] : [`${name} lets something in`]),
      ...egress
        .filter(
          ({ protocol, fromPort, toPort }) =>
            protocol !== "tcp" || fromPort !== toPort || !ways.has(fromPort),
        )
        .map(({ protocol, fromPort, toPort }) => `${name} lets ${protocol} ${fromPort}-${toPort} out`),
    ]),
    ...rules.map(({ name }) => `${name} is a rule beside its group`),
    ...gateways.map(({ name }) => `${name} costs money while nobody works`),
  ];
}
