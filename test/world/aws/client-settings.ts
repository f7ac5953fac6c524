// What an AWS client needs to speak to a stand-in and to nothing else.

export const region = "us-east-1";

/** AWS's own way to write an account nobody has. */
export const accountId = "000000000000";

/** Settings for `new XClient({ ...clientSettings, endpoint })`: no profile, no instance metadata is asked. */
export const clientSettings = {
  region,
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
} as const;

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** The same as environment variables, for programs that make their clients without settings. */
export function environmentWith({ accessKeyId, secretAccessKey }: Credentials) {
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/** With the key of whoever operates the world. */
export const clientEnvironment = environmentWith(clientSettings.credentials);
