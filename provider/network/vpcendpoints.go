package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// VpcEndpointService is a service of AWS that a VPC can reach without the internet.
type VpcEndpointService string

// The services that clusters use.
const (
	EndpointAutoscaling          VpcEndpointService = "autoscaling"
	EndpointDynamoDB             VpcEndpointService = "dynamodb"
	EndpointEC2                  VpcEndpointService = "ec2"
	EndpointEC2Messages          VpcEndpointService = "ec2messages"
	EndpointECRAPI               VpcEndpointService = "ecr-api"
	EndpointECRDKR               VpcEndpointService = "ecr-dkr"
	EndpointEKS                  VpcEndpointService = "eks"
	EndpointEKSAuth              VpcEndpointService = "eks-auth"
	EndpointElasticFileSystem    VpcEndpointService = "elasticfilesystem"
	EndpointElasticLoadBalancing VpcEndpointService = "elasticloadbalancing"
	EndpointKMS                  VpcEndpointService = "kms"
	EndpointLogs                 VpcEndpointService = "logs"
	EndpointMonitoring           VpcEndpointService = "monitoring"
	EndpointS3                   VpcEndpointService = "s3"
	EndpointSecretsManager       VpcEndpointService = "secretsmanager"
	EndpointSQS                  VpcEndpointService = "sqs"
	EndpointSSM                  VpcEndpointService = "ssm"
	EndpointSSMMessages          VpcEndpointService = "ssmmessages"
	EndpointSTS                  VpcEndpointService = "sts"
)

// Values lists the services for the schema and the guard.
func (VpcEndpointService) Values() []infer.EnumValue[VpcEndpointService] {
	return []infer.EnumValue[VpcEndpointService]{
		{Name: "Autoscaling", Value: EndpointAutoscaling, Description: "EC2 Auto Scaling, which autoscalers of nodes call."},
		{Name: "DynamoDb", Value: EndpointDynamoDB, Description: "DynamoDB, by a gateway endpoint: free."},
		{Name: "Ec2", Value: EndpointEC2, Description: "EC2, which the nodes' network plugin and the EBS driver call."},
		{Name: "Ec2Messages", Value: EndpointEC2Messages, Description: "Messages of Systems Manager to its older agents."},
		{Name: "EcrApi", Value: EndpointECRAPI, Description: "The API of ECR, where nodes get the right to pull images."},
		{Name: "EcrDkr", Value: EndpointECRDKR, Description: "The registries of ECR; the layers of images come from S3."},
		{Name: "Eks", Value: EndpointEKS, Description: "The API of EKS, not that of a cluster."},
		{Name: "EksAuth", Value: EndpointEKSAuth, Description: "EKS Pod Identity, from which pods get their credentials."},
		{Name: "ElasticFileSystem", Value: EndpointElasticFileSystem, Description: "EFS, which the EFS driver calls."},
		{
			Name: "ElasticLoadBalancing", Value: EndpointElasticLoadBalancing,
			Description: "Load balancers, for the controllers that make them.",
		},
		{Name: "Kms", Value: EndpointKMS, Description: "KMS, with which Flux decrypts secrets."},
		{Name: "Logs", Value: EndpointLogs, Description: "CloudWatch Logs."},
		{Name: "Monitoring", Value: EndpointMonitoring, Description: "CloudWatch's metrics."},
		{Name: "S3", Value: EndpointS3, Description: "S3, by a gateway endpoint: free. It holds the layers of ECR's images."},
		{Name: "SecretsManager", Value: EndpointSecretsManager, Description: "Secrets Manager."},
		{Name: "Sqs", Value: EndpointSQS, Description: "SQS."},
		{Name: "Ssm", Value: EndpointSSM, Description: "Systems Manager, its parameters included."},
		{Name: "SsmMessages", Value: EndpointSSMMessages, Description: "Sessions of Systems Manager."},
		{Name: "Sts", Value: EndpointSTS, Description: "STS, from which roles are assumed."},
	}
}

// isGateway reports whether the service is reached by routes instead of by network interfaces.
func (s VpcEndpointService) isGateway() bool { return s == EndpointS3 || s == EndpointDynamoDB }

// awsName is what AWS calls the service after com.amazonaws and the region.
func (s VpcEndpointService) awsName() string {
	switch s {
	case EndpointECRAPI:
		return "ecr.api"
	case EndpointECRDKR:
		return "ecr.dkr"
	default:
		return string(s)
	}
}

const describeVpcEndpoints = "The services of AWS that are reached without leaving AWS's network, by VPC endpoints: " +
	"`s3` and `dynamodb` by gateway endpoints, which are free and save the NAT gateway's price for their traffic; all " +
	"others by interface endpoints with private DNS in the private subnets, which cost about 7 USD a month each in " +
	"each zone, and 0.01 USD per GB (list price, us-east-1). Default: none. Without NAT gateways nodes need `ec2`, " +
	"`ecr-api`, `ecr-dkr`, `eks-auth`, `s3` and `sts`."

// vpcEndpoints registers an endpoint for each service.
func (r *registration) vpcEndpoints(network *Network, plan AddressPlan, services []VpcEndpointService) error {
	if len(services) == 0 {
		network.VpcEndpointIds = pulumi.StringMap{}.ToStringMapOutput()
		return nil
	}
	ids := pulumi.StringMap{}
	region := aws.GetRegionOutput(r.ctx, aws.GetRegionOutputArgs{}, r.parent).Name()
	var group *ec2.SecurityGroup
	for _, service := range services {
		name := r.base + "-" + string(service)
		args := &ec2.VpcEndpointArgs{
			VpcId:       network.VpcId,
			ServiceName: pulumi.Sprintf("com.amazonaws.%s.%s", region, service.awsName()),
			Tags:        r.tagged(name, nil),
		}
		if service.isGateway() {
			args.VpcEndpointType = pulumi.String("Gateway")
			args.RouteTableIds = network.PrivateRouteTableIds
		} else {
			if group == nil {
				var err error
				if group, err = r.endpointSecurityGroup(network, plan); err != nil {
					return err
				}
			}
			args.VpcEndpointType = pulumi.String("Interface")
			args.SubnetIds = network.PrivateSubnetIds
			args.SecurityGroupIds = pulumi.StringArray{group.ID().ToStringOutput()}
			// The names that every SDK uses then lead to the endpoint, and nothing need be configured.
			args.PrivateDnsEnabled = pulumi.Bool(true)
		}
		endpoint, err := ec2.NewVpcEndpoint(r.ctx, name, args, r.parent)
		if err != nil {
			return fmt.Errorf("registering VPC endpoint %s: %w", name, err)
		}
		if len(r.nat) == 0 {
			// Without a NAT gateway this is the only way to the service.
			network.egress = append(network.egress, endpoint)
		}
		ids[string(service)] = endpoint.ID().ToStringOutput()
	}
	// Only now that the map is complete: an output reads it beside whoever still writes to it, and Go ends the plugin.
	network.VpcEndpointIds = ids.ToStringMapOutput()
	return nil
}

// endpointSecurityGroup is what all interface endpoints share. It lets nothing out, for an endpoint only answers.
func (r *registration) endpointSecurityGroup(network *Network, plan AddressPlan) (*ec2.SecurityGroup, error) {
	name := r.base + "-endpoints"
	group, err := ec2.NewSecurityGroup(r.ctx, name, &ec2.SecurityGroupArgs{
		VpcId:       network.VpcId.ToStringPtrOutput(),
		Description: pulumi.String("HTTPS from the VPC to its endpoints"),
		Ingress: ec2.SecurityGroupIngressArray{ec2.SecurityGroupIngressArgs{
			Description: pulumi.String("HTTPS from the VPC"),
			Protocol:    pulumi.String("tcp"),
			FromPort:    pulumi.Int(443),
			ToPort:      pulumi.Int(443),
			CidrBlocks:  pulumi.ToStringArray([]string{plan.VPC.String()}),
		}},
		Tags: r.tagged(name, nil),
	}, r.parent)
	if err != nil {
		return nil, fmt.Errorf("registering security group %s: %w", name, err)
	}
	return group, nil
}
