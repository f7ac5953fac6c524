// The network of the runner's containers: the way out over HTTP, and no way in.
import { named } from "./stage.ts";

const range = "10.86.0.0/16";
/** What packages, GitHub, Claude and AWS are reached by; the tools' proxy lets nothing else through either. */
const ports = [443, 80];
/** Spot capacity is a matter of the zone, so there is a choice. */
const zones = 3;
/** Zones of California and Tokyo that have no Fargate; some accounts see them. */
const zonesWithoutFargate = ["usw1-az2", "apne1-az3"];

/**
 * Public subnets without NAT: a container has a public address for as long as it runs, which costs less than a NAT
 * gateway that waits all month. Nothing can reach it there, for no rule lets anything in.
 */
export function makeNetwork() {
  const tags = (name: string) => ({ Name: named(name) });
  const vpc = new aws.ec2.Vpc("Network", {
    cidrBlock: range,
    enableDnsHostnames: true,
    tags: tags("network"),
  });
  // Whatever is put here by mistake gets this group, which lets nothing through.
  new aws.ec2.DefaultSecurityGroup("NetworkDefaultGroup", { vpcId: vpc.id, ingress: [], egress: [] });
  const gateway = new aws.ec2.InternetGateway("NetworkGateway", { vpcId: vpc.id, tags: tags("network") });
  const routes = new aws.ec2.RouteTable("NetworkRoutes", { vpcId: vpc.id, tags: tags("network") });
  new aws.ec2.Route("NetworkWayOut", {
    routeTableId: routes.id,
    destinationCidrBlock: "0.0.0.0/0",
    gatewayId: gateway.id,
  });
  const available = aws.getAvailabilityZonesOutput({
    state: "available",
    // Not the zones in other cities that an account has asked for: Fargate is in none of them.
    filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
    excludeZoneIds: zonesWithoutFargate,
  });
  const subnets = Array.from({ length: zones }, (_, index) => {
    const subnet = new aws.ec2.Subnet(
      `NetworkSubnet${index + 1}`,
      {
        vpcId: vpc.id,
        cidrBlock: range.replace(".0.0/16", `.${index * 16}.0/20`),
        // Some regions have two zones.
        availabilityZone: available.names.apply((names) => names[index % names.length] ?? ""),
        tags: tags(`network-${index + 1}`),
      },
      // Where a zone is new, or not available for an hour, another subnet could not have the same range.
      { ignoreChanges: ["availabilityZone"] },
    );
    new aws.ec2.RouteTableAssociation(`NetworkSubnet${index + 1}Routes`, {
      subnetId: subnet.id,
      routeTableId: routes.id,
    });
    return subnet;
  });
  const group = new aws.ec2.SecurityGroup("RunnerGroup", {
    vpcId: vpc.id,
    // EC2 takes no apostrophe here.
    description: "Runner of Cody: HTTP outwards, nothing inwards",
    ingress: [],
    egress: ports.map((port) => ({
      protocol: "tcp",
      fromPort: port,
      toPort: port,
      cidrBlocks: ["0.0.0.0/0"],
    })),
    tags: tags("runner"),
  });
  return { subnetIds: subnets.map(({ id }) => id), groupId: group.id };
}
