package network

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// The tags by which load balancer controllers find subnets for internal load balancers and for those with public
// addresses.
const (
	internalRole = "kubernetes.io/role/internal-elb"
	publicRole   = "kubernetes.io/role/elb"
)

// IsExisting reports whether raw inputs name a VPC that exists. Whether they do is plain, the id itself is not.
func IsExisting(raw property.Map) bool { return !raw.Get("vpcId").IsNull() }

// refuseNew refuses what describes a new VPC beside the id of one that exists.
func refuseNew(path string, raw property.Map, found *inputs.Violations) {
	for _, name := range []string{
		"cidrBlock", "numberOfAvailabilityZones", "availabilityZoneNames", "natGateways", "vpcEndpoints", "flowLogs",
	} {
		if !raw.Get(name).IsNull() {
			found.Addf(inputs.Join(path, name), "describes a new VPC and cannot be given together with vpcId; remove "+
				"it, or remove vpcId for a new VPC")
		}
	}
}

// refuseExisting refuses what describes an existing VPC without the id of one.
func refuseExisting(path string, raw property.Map, found *inputs.Violations) {
	for _, name := range []string{"privateSubnetIds", "publicSubnetIds", "controlPlaneSubnetIds", "tagSubnets"} {
		if !raw.Get(name).IsNull() {
			found.Addf(inputs.Shown(inputs.Join(path, name), raw.Get(name)), "belongs to an existing VPC; give vpcId too, "+
				"or remove it for a new VPC")
		}
	}
}

func validateExisting(path string, raw property.Map, found *inputs.Violations) {
	if id := raw.Get("vpcId"); id.IsString() && !id.Secret() && !vpcID.MatchString(id.AsString()) {
		found.Addf(inputs.Join(path, "vpcId"), "must be the id of a VPC such as vpc-0123456789abcdef0; got %q",
			id.AsString())
	}
	const what = "the id of a subnet such as subnet-0123456789abcdef0"
	private := raw.Get("privateSubnetIds")
	if private.IsNull() {
		found.Addf(inputs.Join(path, "privateSubnetIds"), "is required together with vpcId: nodes are put into these "+
			"subnets; give at least two, in different availability zones")
	}
	for _, name := range []string{"privateSubnetIds", "publicSubnetIds", "controlPlaneSubnetIds"} {
		ids := raw.Get(name)
		at := inputs.Shown(inputs.Join(path, name), ids)
		if ids.IsArray() && ids.AsArray().Len() < MinZones && name != "publicSubnetIds" {
			found.Addf(at, "must hold at least two ids of subnets in different availability zones, as EKS asks for; got %d",
				ids.AsArray().Len())
		}
		validateIDs(at, ids, subnetID, what, found)
		tagged := name != "controlPlaneSubnetIds" && raw.Get("tagSubnets").IsBool() && raw.Get("tagSubnets").AsBool()
		// An output's length may differ between a preview and an up, although it is known in the latter.
		if tagged && (ids.IsComputed() || len(ids.Dependencies()) > 0) {
			found.Addf(at, "must be a list of known length, because tagSubnets makes a tag for each subnet; it was given "+
				"as an output. List the ids one by one, each of which may be an output")
		}
	}
}

// existing looks the given VPC up. What it cannot know of it is empty: its route tables and its NAT gateways.
func existing(
	ctx *pulumi.Context, composition Composition, spec NetworkSpec, parent pulumi.ResourceOrInvokeOption,
) (Place, error) {
	vpc := ec2.LookupVpcOutput(ctx, ec2.LookupVpcOutputArgs{Id: spec.VpcId.ToStringOutput().ToStringPtrOutput()}, parent)
	private := spec.PrivateSubnetIds.ToStringArrayOutput()
	place := Place{
		// Refused before there is a cluster, because its nodes would only fail to register, after twenty minutes.
		VpcId: vpc.ApplyT(func(found ec2.LookupVpcResult) (pulumi.StringOutput, error) {
			if found.Id == "" && ctx.DryRun() {
				return nobodyKnows(), nil
			}
			if !found.EnableDnsSupport || !found.EnableDnsHostnames {
				return pulumi.StringOutput{}, fmt.Errorf("DNS support and DNS hostnames of network.vpcId %s must both be on, "+
					"because nodes register by name; turn them on", found.Id)
			}
			return pulumi.String(found.Id).ToStringOutput(), nil
		}).(pulumi.StringOutput),
		VpcArn:           vpc.Arn(),
		VpcCidrBlock:     vpc.CidrBlock(),
		PrivateSubnetIds: private,
		PublicSubnetIds:  pulumi.StringArray{}.ToStringArrayOutput(),
		// Looked up one by one, because a search for several gives no order.
		AvailabilityZones: private.ApplyT(func(ids []string) pulumi.StringArrayOutput {
			zones := make(pulumi.StringArray, 0, len(ids))
			for _, id := range ids {
				subnet := ec2.LookupSubnetOutput(ctx, ec2.LookupSubnetOutputArgs{Id: pulumi.StringPtr(id)}, parent)
				zones = append(zones, subnet.AvailabilityZone())
			}
			return zones.ToStringArrayOutput()
		}).(pulumi.StringArrayOutput),
		PublicRouteTableId:    pulumi.String("").ToStringOutput(),
		PrivateRouteTableIds:  pulumi.StringArray{}.ToStringArrayOutput(),
		NatPublicIps:          pulumi.StringArray{}.ToStringArrayOutput(),
		NodeSubnetIds:         spec.PrivateSubnetIds,
		ControlPlaneSubnetIds: private,
	}
	if spec.PublicSubnetIds != nil {
		place.PublicSubnetIds = spec.PublicSubnetIds.ToStringArrayOutput()
	}
	if spec.ControlPlaneSubnetIds != nil {
		place.ControlPlaneSubnetIds = spec.ControlPlaneSubnetIds.ToStringArrayOutput()
	}
	if spec.TagSubnets == nil || !*spec.TagSubnets {
		return place, nil
	}
	for _, tier := range []struct {
		name, key string
		ids       pulumi.StringArrayInput
	}{{"private", internalRole, spec.PrivateSubnetIds}, {"public", publicRole, spec.PublicSubnetIds}} {
		tags, err := tagSubnets(ctx, composition.Base+"-"+tier.name, tier.key, tier.ids, parent)
		if err != nil {
			return Place{}, err
		}
		// A load balancer controller that drains still looks for its subnets.
		place.Resources = append(place.Resources, tags...)
	}
	return place, nil
}

// tagSubnets gives each subnet of a list the tag key. The list is no output, though its elements may be: that is how
// many resources there are.
func tagSubnets(
	ctx *pulumi.Context, base, key string, ids pulumi.StringArrayInput, parent pulumi.ResourceOption,
) ([]pulumi.Resource, error) {
	if ids == nil {
		return nil, nil
	}
	listed, ok := ids.(pulumi.StringArray)
	if !ok {
		return nil, fmt.Errorf("tagging subnets: the ids of %s are a %T and not a list", base, ids)
	}
	tags := make([]pulumi.Resource, 0, len(listed))
	for i, id := range listed {
		name := base + "-" + strconv.Itoa(i)
		tag, err := ec2.NewTag(ctx, name, &ec2.TagArgs{
			ResourceId: id,
			Key:        pulumi.String(key),
			Value:      pulumi.String("1"),
		}, parent)
		if err != nil {
			return nil, fmt.Errorf("registering tag %s: %w", name, err)
		}
		tags = append(tags, tag)
	}
	return tags, nil
}
