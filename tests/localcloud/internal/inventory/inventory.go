package inventory

import (
	"cmp"
	"context"
	"encoding/xml"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

// element is any element of an answer in XML.
type element struct {
	XMLName  xml.Name
	Text     string    `xml:",chardata"`
	Children []element `xml:",any"`
}

// all are the elements at a path of names with slashes between them.
func (e element) all(path string) []element {
	name, rest, deeper := strings.Cut(path, "/")
	var found []element
	for _, child := range e.Children {
		switch {
		case child.XMLName.Local != name:
		case deeper:
			found = append(found, child.all(rest)...)
		default:
			found = append(found, child)
		}
	}
	return found
}

func (e element) text(path string) string {
	if found := e.all(path); len(found) > 0 {
		return strings.TrimSpace(found[0].Text)
	}
	return ""
}

// listing says how one kind of thing is listed.
type listing struct {
	token, service, action string
	parameters             url.Values
	// items, id and name are where the things, their ids and their names stand.
	items, id, name string
	// skip leaves out what the account has by itself.
	skip func(element) bool
}

var listings = []listing{
	{
		token: "aws:ec2/vpc:Vpc", service: "ec2", action: "DescribeVpcs", items: "vpcSet/item", id: "vpcId",
		skip: func(e element) bool { return e.text("isDefault") == "true" },
	},
	{
		token: "aws:ec2/subnet:Subnet", service: "ec2", action: "DescribeSubnets", items: "subnetSet/item", id: "subnetId",
		skip: func(e element) bool { return e.text("defaultForAz") == "true" },
	},
	{
		token: "aws:ec2/internetGateway:InternetGateway", service: "ec2", action: "DescribeInternetGateways",
		items: "internetGatewaySet/item", id: "internetGatewayId",
	},
	{
		token: "aws:ec2/natGateway:NatGateway", service: "ec2", action: "DescribeNatGateways", items: "natGatewaySet/item",
		id: "natGatewayId", skip: func(e element) bool { return e.text("state") == "deleted" },
	},
	{
		token: "aws:ec2/eip:Eip", service: "ec2", action: "DescribeAddresses", items: "addressesSet/item",
		id: "allocationId",
	},
	{
		token: "aws:ec2/routeTable:RouteTable", service: "ec2", action: "DescribeRouteTables", items: "routeTableSet/item",
		id: "routeTableId", skip: func(e element) bool { return e.text("associationSet/item/main") == "true" },
	},
	{
		token: "aws:ec2/securityGroup:SecurityGroup", service: "ec2", action: "DescribeSecurityGroups",
		items: "securityGroupInfo/item", id: "groupId", name: "groupName",
		skip: func(e element) bool { return e.text("groupName") == "default" },
	},
	{
		token: "aws:ec2/launchTemplate:LaunchTemplate", service: "ec2", action: "DescribeLaunchTemplates",
		items: "launchTemplates/item", id: "launchTemplateId", name: "launchTemplateName",
	},
	{
		token: "aws:ec2/vpcEndpoint:VpcEndpoint", service: "ec2", action: "DescribeVpcEndpoints",
		items: "vpcEndpointSet/item", id: "vpcEndpointId",
		skip: func(e element) bool { return e.text("state") == "deleted" },
	},
	{
		token: "aws:ec2/flowLog:FlowLog", service: "ec2", action: "DescribeFlowLogs", items: "flowLogSet/item",
		id: "flowLogId",
	},
	{
		token: "aws:iam/role:Role", service: "iam", action: "ListRoles", items: "ListRolesResult/Roles/member",
		id:   "RoleName",
		skip: func(e element) bool { return strings.HasPrefix(e.text("Path"), "/aws-service-role/") },
	},
	{
		token: "aws:iam/policy:Policy", service: "iam", action: "ListPolicies", parameters: url.Values{"Scope": {"Local"}},
		items: "ListPoliciesResult/Policies/member", id: "Arn", name: "PolicyName",
	},
	{
		token: "aws:iam/instanceProfile:InstanceProfile", service: "iam", action: "ListInstanceProfiles",
		items: "ListInstanceProfilesResult/InstanceProfiles/member", id: "InstanceProfileName",
	},
	{
		token: "aws:iam/openIdConnectProvider:OpenIdConnectProvider", service: "iam", action: "ListOpenIDConnectProviders",
		items: "ListOpenIDConnectProvidersResult/OpenIDConnectProviderList/member", id: "Arn",
	},
}

// Resources lists all that a program could have made in EC2, IAM, KMS, CloudWatch Logs and S3. KMS keys that wait for
// their deletion are not in it.
func (c Client) Resources(ctx context.Context) ([]aws.Resource, error) {
	found, err := c.listed(ctx, listings)
	if err != nil {
		return nil, err
	}
	return gather(ctx, found, c.keys, c.aliases, c.logGroups, c.buckets)
}

// Regional lists those of them that are in one region only: all but what is in IAM and S3.
func (c Client) Regional(ctx context.Context) ([]aws.Resource, error) {
	global := func(l listing) bool { return l.service == "iam" }
	found, err := c.listed(ctx, slices.DeleteFunc(slices.Clone(listings), global))
	if err != nil {
		return nil, err
	}
	return gather(ctx, found, c.keys, c.aliases, c.logGroups)
}

// gather adds what other lists hold.
func gather(
	ctx context.Context, found []aws.Resource, lists ...func(context.Context) ([]aws.Resource, error),
) ([]aws.Resource, error) {
	for _, list := range lists {
		more, err := list(ctx)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

func (c Client) listed(ctx context.Context, listings []listing) ([]aws.Resource, error) {
	found := []aws.Resource{}
	for _, l := range listings {
		items, err := c.list(ctx, l)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			if l.skip != nil && l.skip(item) {
				continue
			}
			id := item.text(l.id)
			name := id
			if l.name != "" {
				name = item.text(l.name)
			}
			found = append(found, aws.Resource{Type: l.token, ID: id, Name: cmp.Or(tagOf(item, "Name"), name)})
		}
	}
	return found, nil
}

// list asks for all pages of a list. EC2 and IAM each have a way of their own to say that there is another.
func (c Client) list(ctx context.Context, l listing) ([]element, error) {
	parameters := url.Values{}
	maps.Copy(parameters, l.parameters)
	var found []element
	for {
		var page element
		if err := c.Query(ctx, l.service, l.action, parameters, &page); err != nil {
			return nil, err
		}
		found = append(found, page.all(l.items)...)
		token, marker := page.text("nextToken"), page.text(l.action+"Result/Marker")
		switch {
		case token != "":
			parameters.Set("NextToken", token)
		case marker != "":
			parameters.Set("Marker", marker)
		default:
			return found, nil
		}
	}
}

// Sort puts resources into the order in which they are reported.
func Sort(found []aws.Resource) {
	slices.SortFunc(found, func(x, y aws.Resource) int {
		return cmp.Or(cmp.Compare(x.Type, y.Type), cmp.Compare(x.ID, y.ID))
	})
}

func tagOf(item element, name string) string {
	for _, tag := range item.all("tagSet/item") {
		if tag.text("key") == name {
			return tag.text("value")
		}
	}
	return ""
}
