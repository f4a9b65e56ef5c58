package cluster

import (
	"slices"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/iampolicy"
)

// preset is a workload whose rights are known. They are written after the documentation of its project and of AWS's
// actions, https://docs.aws.amazon.com/service-authorization/latest/reference/: an action stands here when the workload
// calls it, and reaches no further than AWS lets it be bounded.
type preset struct {
	name, description         string
	namespace, serviceAccount string
	statements                func(at place) []iampolicy.Statement
}

var presets = []preset{
	{
		name: loadBalancerPreset, namespace: "kube-system", serviceAccount: "aws-load-balancer-controller",
		description: "The AWS Load Balancer Controller, which makes load balancers for Services and Ingresses. It changes " +
			"only what carries the name of the cluster, so its chart must be given that as clusterName. The Secret " +
			"`aws-load-balancer-controller-values` in `flux-system` has under `values.yaml` what the chart needs, for " +
			"`valuesFrom` of a HelmRelease; one of that name in flux.secrets takes its place.",
		statements: loadBalancerController,
	},
	{
		name: "ExternalDns", namespace: "external-dns", serviceAccount: "external-dns",
		description: "ExternalDNS, which writes A, AAAA, CNAME and TXT records into the account's Route 53 zones.",
		statements:  externalDNS,
	},
	{
		name: "ExternalSecrets", namespace: "external-secrets", serviceAccount: "external-secrets",
		description: "The External Secrets Operator. It reads secrets of Secrets Manager whose names begin with the name " +
			"of the cluster and a slash, and the parameters below that name.",
		statements: externalSecrets,
	},
	{
		name: "CertManager", namespace: "cert-manager", serviceAccount: "cert-manager",
		description: "cert-manager, which proves by TXT records in the account's Route 53 zones that a domain is yours.",
		statements:  certManager,
	},
	{
		name: "ClusterAutoscaler", namespace: "kube-system", serviceAccount: "cluster-autoscaler",
		description: "The Cluster Autoscaler, which changes the number of nodes in the groups of this cluster.",
		statements:  clusterAutoscaler,
	},
	{
		name: "FluxDecryption", namespace: "flux-system", serviceAccount: "kustomize-controller",
		description: "Flux's kustomize-controller, which decrypts SOPS files with the KMS keys that have an alias " +
			"`alias/<name of the cluster>/…`.",
		statements: fluxDecryption,
	},
	{
		name: "FluxRegistry", namespace: "flux-system", serviceAccount: "source-controller",
		description: "Flux's source-controller, which pulls artifacts and charts from the account's ECR repositories in " +
			"the cluster's region.",
		statements: fluxRegistry,
	},
}

// presetNamed returns the preset of that name, or nil.
func presetNamed(name string) *preset {
	i := slices.IndexFunc(presets, func(known preset) bool { return known.name == name })
	if i < 0 {
		return nil
	}
	return &presets[i]
}

// policy writes the rights of the preset in a cluster.
func (p preset) policy(at place) (string, error) { return iampolicy.Encode(p.statements(at)...) }

func allow(sid string, actions, resources []string, when ...iampolicy.Condition) iampolicy.Statement {
	made := iampolicy.Statement{Sid: sid, Effect: "Allow", Action: actions, Resource: resources}
	if len(when) > 0 {
		made.Condition = when[0]
	}
	return made
}

// anything is for actions that AWS bounds by no resource.
var anything = []string{"*"}

// externalDNS is https://kubernetes-sigs.github.io/external-dns/latest/docs/tutorials/aws/, less what it could do to
// records that it does not write unless it is told to: whoever takes it over gets no delegations and no mail.
func externalDNS(at place) []iampolicy.Statement {
	zones := []string{"arn:" + at.Partition + ":route53:::hostedzone/*"}
	return []iampolicy.Statement{
		allow("ChangeRecords", []string{"route53:ChangeResourceRecordSets"}, zones, iampolicy.Condition{
			"ForAllValues:StringEquals": {
				// What it makes by default, and TXT to remember which of them are its own.
				"route53:ChangeResourceRecordSetsRecordTypes": {"A", "AAAA", "CNAME", "TXT"},
			},
		}),
		allow("ReadZones", []string{
			"route53:ListResourceRecordSets", // what is there already
			"route53:ListTagsForResources",   // zones chosen by tags
		}, zones),
		allow("FindZones", []string{"route53:ListHostedZones"}, anything),
	}
}

// certManager is https://cert-manager.io/docs/configuration/acme/dns01/route53/.
func certManager(at place) []iampolicy.Statement {
	zones := []string{"arn:" + at.Partition + ":route53:::hostedzone/*"}
	return []iampolicy.Statement{
		allow("ChangeChallenges", []string{"route53:ChangeResourceRecordSets"}, zones, iampolicy.Condition{
			"ForAllValues:StringEquals": {"route53:ChangeResourceRecordSetsRecordTypes": {"TXT"}},
		}),
		// To remove a record it has to name its value.
		allow("ReadRecords", []string{"route53:ListResourceRecordSets"}, zones),
		// A change takes a while to reach all name servers.
		allow("AwaitChanges", []string{"route53:GetChange"}, []string{"arn:" + at.Partition + ":route53:::change/*"}),
		allow("FindZones", []string{"route53:ListHostedZonesByName"}, anything),
	}
}

// externalSecrets is https://external-secrets.io/latest/provider/aws-secrets-manager/ and .../aws-parameter-store/, for
// reading.
func externalSecrets(at place) []iampolicy.Statement {
	secret, parameter := at.arn("secretsmanager", "secret:"+at.Cluster+"/*"), at.arn("ssm", "parameter/"+at.Cluster+"/*")
	// A customer's key may have encrypted them; then it decrypts these and nothing else.
	by := func(service, context, arn string) iampolicy.Condition {
		return iampolicy.Condition{"StringLike": {
			"kms:ViaService":                   {service + "." + at.Region + ".amazonaws.com*"}, // In China .cn follows.
			"kms:EncryptionContext:" + context: {arn},
		}}
	}
	return []iampolicy.Statement{
		allow("ReadSecrets", []string{
			"secretsmanager:GetSecretValue",
			"secretsmanager:DescribeSecret",       // tags, and metadata in templates
			"secretsmanager:ListSecretVersionIds", // a version by its stage
			"secretsmanager:GetResourcePolicy",    // so the project's documentation says
		}, []string{secret}),
		// Finding by name or tag lists every secret's name; the values are still bounded by the statement above.
		allow("FindSecrets", []string{"secretsmanager:ListSecrets", "secretsmanager:BatchGetSecretValue"}, anything),
		allow("ReadParameters", []string{
			"ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath",
			"ssm:GetParameterHistory", // a version by its number
			"ssm:ListTagsForResource", // tags, and metadata in templates
		}, []string{parameter, at.arn("ssm", "parameter/"+at.Cluster)}), // All of a path is asked for by its beginning.
		allow("FindParameters", []string{"ssm:DescribeParameters"}, anything),
		allow("DecryptSecrets", []string{"kms:Decrypt"}, []string{at.arn("kms", "key/*")},
			by("secretsmanager", "SecretARN", secret)),
		allow("DecryptParameters", []string{"kms:Decrypt"}, []string{at.arn("kms", "key/*")},
			by("ssm", "PARAMETER_ARN", parameter)),
	}
}

// clusterAutoscaler is
// https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md with all its
// features. EKS tags the Auto Scaling groups of managed node groups with the name of their cluster.
func clusterAutoscaler(at place) []iampolicy.Statement {
	return []iampolicy.Statement{
		allow("Scale", []string{"autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"},
			[]string{at.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*")},
			iampolicy.Only("aws:ResourceTag/k8s.io/cluster-autoscaler/"+at.Cluster, "owned")),
		// Labels and taints of a group that has no node to look at.
		allow("ReadNodeGroups", []string{"eks:DescribeNodegroup"},
			[]string{at.arn("eks", "nodegroup/"+at.Cluster+"/*/*")}),
		allow("See", []string{
			"autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeAutoScalingInstances", "autoscaling:DescribeTags",
			"autoscaling:DescribeScalingActivities",    // why a group does not grow
			"autoscaling:DescribeLaunchConfigurations", // what a node of it would be
			"ec2:DescribeLaunchTemplateVersions", "ec2:DescribeImages", "ec2:DescribeInstanceTypes",
			"ec2:GetInstanceTypesFromInstanceRequirements",
		}, anything),
	}
}

// fluxDecryption is https://fluxcd.io/flux/integrations/aws/, section KMS. An alias is what a team sees and gives; the
// account's other keys stay closed.
func fluxDecryption(at place) []iampolicy.Statement {
	return []iampolicy.Statement{
		allow("Decrypt", []string{"kms:Decrypt", "kms:DescribeKey"}, []string{at.arn("kms", "key/*")}, iampolicy.Condition{
			"ForAnyValue:StringLike": {"kms:ResourceAliases": {"alias/" + at.Cluster + "/*"}},
		}),
	}
}

// fluxRegistry is https://fluxcd.io/flux/integrations/aws/, section ECR, as far as the registry's own protocol goes,
// which is all that Flux speaks.
func fluxRegistry(at place) []iampolicy.Statement {
	return []iampolicy.Statement{
		allow("SignIn", []string{"ecr:GetAuthorizationToken"}, anything),
		allow("Pull", []string{
			"ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer",
			"ecr:ListImages", // tags, for a version range
		}, []string{at.arn("ecr", "repository/*")}),
	}
}
