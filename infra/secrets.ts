// Secrets in the Parameter Store, from where containers and functions get them; elsewhere only their names are written.
import { secretReference } from "@cody/core/adapters/secrets.ts";
import { type SecretVariable, secretName } from "./variables.ts";

export type Secrets = Partial<Record<SecretVariable, aws.ssm.Parameter>>;

/** One parameter for each secret that is set for the stage. They are of the free kind, and encrypted. */
export function makeSecrets(variables: readonly SecretVariable[]): Secrets {
  return Object.fromEntries(
    variables.map((variable) => {
      const secret = new sst.Secret(secretName(variable));
      const parameter = new aws.ssm.Parameter(`${secretName(variable)}Parameter`, {
        name: `/${$app.name}/${$app.stage}/${variable}`,
        type: "SecureString",
        // SST keeps the line end of a value that came through a pipe, and no header takes one.
        value: secret.value.apply((value) => value.trim()),
      });
      return [variable, parameter];
    }),
  );
}

/**
 * What a function has in place of the secret. It names the version, so a new secret is a new configuration: AWS then
 * starts new processes, and none goes on with the old one.
 */
export function referenceTo({ name, version }: aws.ssm.Parameter): $util.Output<string> {
  return $resolve({ name, version }).apply((known) => secretReference(known.name, known.version));
}
