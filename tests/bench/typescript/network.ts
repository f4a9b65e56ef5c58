import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export const base = "platform";
export const tags = { team: "platform" };

const named = (name: string, ...more: string[]) => ({
    ...tags,
    Name: name,
    ...Object.fromEntries(more.map((key) => [key, "1"])),
});

export { named };

// The network of the cluster: a public and a private subnet in each of three zones, and one NAT gateway.
export class Network {
    readonly vpc: aws.ec2.Vpc;
    readonly publicSubnets: aws.ec2.Subnet[] = [];
    readonly privateSubnets: aws.ec2.Subnet[] = [];
    // What nodes need to reach anything.
    readonly egress: pulumi.Resource[] = [];
    readonly all: pulumi.Resource[] = [];

    constructor(zones: string[]) {
        this.vpc = new aws.ec2.Vpc(base, {
            cidrBlock: "10.0.0.0/16",
            enableDnsHostnames: true,
            enableDnsSupport: true,
            tags: named(base),
        });
        const vpcId = this.vpc.id;
        const gateway = new aws.ec2.InternetGateway(base, { vpcId, tags: named(base) });
        const group = new aws.ec2.DefaultSecurityGroup(base, { vpcId, tags: named(`${base}-default`) });
        this.all.push(this.vpc, gateway, group);

        const publicName = `${base}-public`;
        const table = new aws.ec2.RouteTable(publicName, { vpcId, tags: named(publicName) });
        const route = new aws.ec2.Route(publicName, {
            routeTableId: table.id,
            destinationCidrBlock: "0.0.0.0/0",
            gatewayId: gateway.id,
        });
        this.all.push(table, route);
        const associations = zones.map((zone, i) => {
            const [subnet, association] = this.subnet(
                `${publicName}-${i}`, zone, `10.0.${96 + i}.0/24`, "kubernetes.io/role/elb", table);
            this.publicSubnets.push(subnet);
            return association;
        });
        const address = new aws.ec2.Eip(`${base}-0`, { domain: "vpc", tags: named(`${base}-0`) });
        const nat = new aws.ec2.NatGateway(`${base}-0`, {
            allocationId: address.id,
            subnetId: this.publicSubnets[0].id,
            tags: named(`${base}-0`),
        }, { dependsOn: [route, associations[0]] });
        this.all.push(address, nat);

        zones.forEach((zone, i) => {
            const name = `${base}-private-${i}`;
            const table = new aws.ec2.RouteTable(name, { vpcId, tags: named(name) });
            const route = new aws.ec2.Route(name, {
                routeTableId: table.id,
                destinationCidrBlock: "0.0.0.0/0",
                natGatewayId: nat.id,
            });
            const [subnet, association] = this.subnet(
                name, zone, `10.0.${16 * i}.0/20`, "kubernetes.io/role/internal-elb", table);
            this.privateSubnets.push(subnet);
            this.egress.push(route, association);
            this.all.push(table, route);
        });
    }

    private subnet(
        name: string, availabilityZone: string, cidrBlock: string, role: string, table: aws.ec2.RouteTable,
    ): [aws.ec2.Subnet, aws.ec2.RouteTableAssociation] {
        const subnet = new aws.ec2.Subnet(name, {
            vpcId: this.vpc.id, availabilityZone, cidrBlock, tags: named(name, role),
        });
        const association = new aws.ec2.RouteTableAssociation(name, { routeTableId: table.id, subnetId: subnet.id });
        this.all.push(subnet, association);
        return [subnet, association];
    }
}
