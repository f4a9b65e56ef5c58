package aws

import (
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
)

// function is a data source: it reads the account.
type function struct {
	title, service, call string
	read                 func(*tx, props) (props, error)
}

// functions is the table of all data sources.
func functions() map[string]function {
	return map[string]function{
		"aws:index/getAvailabilityZones:getAvailabilityZones": {
			"EC2 Availability Zones", ec2, "DescribeAvailabilityZones", (*tx).getAvailabilityZones,
		},
		"aws:index/getAvailabilityZone:getAvailabilityZone": {
			"EC2 Availability Zone", ec2, "DescribeAvailabilityZones", (*tx).getAvailabilityZone,
		},
		"aws:index/getCallerIdentity:getCallerIdentity": {
			"STS Caller Identity", "STS", "GetCallerIdentity", (*tx).getCallerIdentity,
		},
		"aws:index/getPartition:getPartition": {"Partition", "STS", "", (*tx).getPartition},
		"aws:index/getRegion:getRegion":       {"Region", "STS", "", (*tx).getRegion},
		"aws:ec2/getVpc:getVpc":               {"EC2 VPC", ec2, "DescribeVpcs", (*tx).getVPC},
		"aws:ec2/getSubnet:getSubnet":         {"EC2 Subnet", ec2, "DescribeSubnets", (*tx).getSubnet},
		"aws:ec2/getSubnets:getSubnets":       {"EC2 Subnets", ec2, "DescribeSubnets", (*tx).getSubnets},
		"aws:iam/getPolicyDocument:getPolicyDocument": {
			"IAM Policy Document", iam, "", (*tx).getPolicyDocument,
		},
		"aws:iam/getSessionContext:getSessionContext": {"IAM Session Context", iam, "GetRole", (*tx).getSessionContext},
		"aws:ssm/getParameter:getParameter":           {"SSM Parameter", "SSM", "GetParameter", (*tx).getParameter},
		"aws:eks/getCluster:getCluster":               {"EKS Cluster", eks, "DescribeCluster", (*tx).getCluster},
		"aws:eks/getAddonVersion:getAddonVersion": {
			"EKS Add-On version info", eks, "DescribeAddonVersions", (*tx).getAddonVersion,
		},
	}
}

// Functions lists the tokens of the data sources that are simulated.
func Functions() []string { return slices.Sorted(maps.Keys(functions())) }

func (c *Cloud) invoke(caller Credential, request api.Request) api.Response {
	f, ok := functions()[request.Type]
	if !ok {
		return api.Response{Error: "function " + request.Type + " is not simulated"}
	}
	var result props
	var err error
	c.store.look(func(a *account) {
		var t *tx
		open := f.call == "" || f.call == "GetCallerIdentity" // nothing can forbid these
		if open {
			t = c.tx(a).calling(f.service, f.call)
			t.caller = caller
		} else if t, err = c.begin(a, caller, f.service, f.call, request); err != nil {
			return
		}
		result, err = f.read(t, plain(request.Inputs))
	})
	if err != nil {
		return failed("reading "+f.title, err)
	}
	return api.Response{State: plain(merge(request.Inputs, result))}
}

func (t *tx) getCallerIdentity(props) (props, error) {
	account := t.cloud.options.AccountID
	return props{
		"accountId": account, "id": account, "arn": t.caller.PrincipalARN, "userId": uniqueID(t.caller.PrincipalARN),
	}, nil
}

func (t *tx) getPartition(props) (props, error) {
	return props{
		"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com", "reverseDnsPrefix": "com.amazonaws",
	}, nil
}

func (t *tx) getRegion(inputs props) (props, error) {
	region := t.cloud.options.Region
	if name := inputs.str("name"); name != "" {
		if regionZones[name] == nil {
			return nil, fmt.Errorf("region %s is not simulated; simulated are %s", name, strings.Join(Regions(), ", "))
		}
		region = name
	}
	return props{
		"id": region, "name": region, "endpoint": "ec2." + region + ".amazonaws.com", "description": region,
	}, nil
}

func (t *tx) getSessionContext(inputs props) (props, error) {
	arn := inputs.str("arn")
	result := props{"id": arn, "issuerArn": arn, "issuerId": "", "issuerName": "", "sessionName": ""}
	_, session, assumed := strings.Cut(arn, ":assumed-role/")
	if !assumed {
		return result, nil
	}
	name, session, _ := strings.Cut(session, "/")
	role := t.lookup(typeRole, name)
	if role == nil {
		return nil, t.fail("NoSuchEntity", "The role with name %s cannot be found.", name)
	}
	return merge(result, props{
		"issuerArn": role.str("arn"), "issuerId": role.str("uniqueId"), "issuerName": name, "sessionName": session,
	}), nil
}

// getParameter knows the public parameters that tell the AMIs and releases of EKS.
func (t *tx) getParameter(inputs props) (props, error) {
	name := inputs.str("name")
	parts := strings.Split(name, "/")
	value := ""
	if strings.HasPrefix(name, "/aws/service/eks/optimized-ami/") && len(parts) > 6 &&
		slices.Contains(t.cloud.options.Backend.Versions(), parts[5]) {
		switch parts[len(parts)-1] {
		case "image_id":
			value = fmt.Sprintf("ami-%017x", crc32.ChecksumIEEE([]byte(name)))
		case "release_version":
			value = releaseVersion(parts[5])
		}
	}
	if value == "" {
		return nil, t.fail("ParameterNotFound", "%s", name)
	}
	return props{
		"id": name, "arn": "arn:aws:ssm:" + t.cloud.options.Region + "::parameter" + name, "type": "String", "value": value,
		"insecureValue": value, "version": 1,
	}, nil
}

func (t *tx) getCluster(inputs props) (props, error) {
	r := t.lookup(typeCluster, inputs.str("name"))
	if r == nil {
		return nil, t.fail(notFound, noSuchCluster, inputs.str("name"))
	}
	p := r.properties()
	network := p.object("kubernetesNetworkConfig")
	result := props{
		"id": r.ID, "accessConfigs": []any{p["accessConfig"]}, "upgradePolicies": []any{p["upgradePolicy"]},
		"computeConfigs": []any{}, "outpostConfigs": []any{}, "remoteNetworkConfigs": []any{}, "storageConfigs": []any{},
		"zonalShiftConfigs": []any{}, "tags": p["tagsAll"],
		"kubernetesNetworkConfigs": []any{map[string]any{
			"elasticLoadBalancings": []any{network["elasticLoadBalancing"]}, "ipFamily": network["ipFamily"],
			"serviceIpv4Cidr": network["serviceIpv4Cidr"], "serviceIpv6Cidr": network["serviceIpv6Cidr"],
		}},
	}
	for _, name := range []string{
		"arn", "certificateAuthorities", "clusterId", "createdAt", "enabledClusterLogTypes", "endpoint", "identities", "name",
		"platformVersion", "roleArn", "status", "version", "vpcConfig",
	} {
		result[name] = p[name]
	}
	return result, nil
}

func (t *tx) getAddonVersion(inputs props) (props, error) {
	name, minor := inputs.str("addonName"), inputs.str("kubernetesVersion")
	versions := addonVersions(name, minor)
	if len(versions) == 0 || !slices.Contains(t.cloud.options.Backend.Versions(), minor) {
		return nil, fmt.Errorf("no version of add-on %s is known for Kubernetes %s", name, minor)
	}
	version := versions[0]
	if inputs.flag("mostRecent") {
		version = newestAddonVersion(name, minor)
	}
	return props{"id": name, "version": version}, nil
}
