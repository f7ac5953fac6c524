// Which network addresses lie in the public internet: the others belong to the machine, its network, or nobody.
import { BlockList, isIPv4, isIPv6 } from "node:net";

/** The special ranges of IPv4, by the IANA registry: this host, private, shared, loopback, link-local, tests, multicast. */
const special = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
];
/** Public addresses of IPv6 all lie in here … */
const global = "2000::/3";
/** … beside those that stand for other addresses, or for none. */
const embedding = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

const specialV4 = ranges(special, "ipv4");
const globalV6 = ranges([global], "ipv6");
const embeddingV6 = ranges(embedding, "ipv6");

/** Whether an address can be one of a server in the internet. What is no address is none. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !specialV4.check(address, "ipv4");
  return isIPv6(address) && globalV6.check(address, "ipv6") && !embeddingV6.check(address, "ipv6");
}

function ranges(list: readonly string[], family: "ipv4" | "ipv6"): BlockList {
  const made = new BlockList();
  for (const range of list) {
    const [address = "", bits] = range.split("/");
    made.addSubnet(address, Number(bits), family);
  }
  return made;
}
