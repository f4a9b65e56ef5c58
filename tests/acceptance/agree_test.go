//go:build acceptance

package acceptance

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	presource "github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// side is one AWS with the same things in it, by type and name.
type side struct {
	plugin asked
	holds  map[string]resource
}

// resource is a resource of a stack's state.
type resource struct {
	urn, token, name, id string
	inputs, outputs      map[string]any
}

// resourcesOf are the AWS resources of a stack, by type and name.
func resourcesOf(t *testing.T, stack auto.Stack) map[string]resource {
	t.Helper()
	deployment := fixture.Deployment(t, stack)
	found := map[string]resource{}
	for _, r := range deployment.Resources {
		if !strings.HasPrefix(string(r.Type), "aws:") {
			continue
		}
		found[string(r.Type)+" "+r.URN.Name()] = resource{
			urn: string(r.URN), token: string(r.Type), name: r.URN.Name(), id: string(r.ID), inputs: opened(t, r.Inputs),
			outputs: opened(t, r.Outputs),
		}
	}
	return found
}

// opened turns the secrets of an export, which are JSON in text, into those that a plugin is given.
func opened(t *testing.T, values map[string]any) map[string]any {
	t.Helper()
	result := map[string]any{}
	for name, value := range values {
		object, ok := value.(map[string]any)
		text, secret := object["plaintext"].(string)
		switch {
		case ok && secret && object[presource.SigKey] == presource.SecretSig:
			var plain any
			if err := json.Unmarshal([]byte(text), &plain); err != nil {
				t.Fatalf("the secret %s is no JSON: %v", name, err)
			}
			result[name] = plain
			if plain != nil {
				result[name] = map[string]any{presource.SigKey: presource.SecretSig, "value": plain}
			}
		case ok:
			result[name] = opened(t, object)
		default:
			result[name] = value
		}
	}
	return result
}

// known are the disagreements that stay, each with its reason.
var known = map[string]string{
	"aws:eks/cluster:Cluster accessConfig.bootstrapClusterCreatorAdminPermissions": sameName,
	"aws:eks/cluster:Cluster bootstrapSelfManagedAddons":                           sameName,
	"aws:eks/cluster:Cluster kubernetesNetworkConfig.ipFamily":                     sameName,
	"aws:eks/cluster:Cluster kubernetesNetworkConfig.serviceIpv4Cidr":              sameName,
	"aws:eks/cluster:Cluster roleArn":                                              sameName,
	// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
	"aws:ec2/securityGroupRule:SecurityGroupRule self": "the simulator refuses a rule that lets nobody in when it is " +
		"planned, the provider leaves that to EC2",
	// https://docs.aws.amazon.com/eks/latest/APIReference/API_EncryptionConfig.html
	"aws:eks/cluster:Cluster encryptionConfig.resources": "the provider lets an empty list through, and EKS takes " +
		"secrets alone; the simulator refuses it",
}

const sameName = "the bridge of pulumi-aws deletes first where the program gives the name and does not change it; " +
	"the one for Terraform's protocol has no such rule"

// compare changes every property that is set, one at a time, and asks both plugins what that does.
func compare(t *testing.T, witness, simulator side) {
	t.Helper()
	left, right := witness.holds, simulator.holds
	if !slices.Equal(slices.Sorted(maps.Keys(left)), slices.Sorted(maps.Keys(right))) {
		t.Fatalf("the two hold other things: %v and %v", slices.Sorted(maps.Keys(left)), slices.Sorted(maps.Keys(right)))
	}
	var report strings.Builder
	seen := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(left)) {
		compareOutputs(t, &report, left[key], right[key])
		for _, property := range leaves("", left[key].inputs) {
			question := left[key].token + " " + property
			if seen[question] {
				continue
			}
			seen[question] = true
			fmt.Fprintf(&report, "%s\n", question)
			said, err := witness.ask(t, left[key], property)
			answered, otherErr := simulator.ask(t, right[key], property)
			if err != nil || otherErr != nil {
				t.Errorf("%s: the witness says %v (%v), the simulator %v (%v)", question, said, err, answered, otherErr)
				continue
			}
			fmt.Fprintf(&report, "  witness    %s\n  simulator  %s\n", said, answered)
			switch agreed := said.String() == answered.String(); {
			case !agreed && known[question] == "":
				t.Errorf("%s: the witness says %v, the simulator %v", question, said, answered)
			case agreed && known[question] != "":
				t.Errorf("%s: the two are said to disagree, and both say %v", question, said)
			}
		}
	}
	if folder := os.Getenv("ACCEPTANCE_REPORTS"); folder != "" {
		file := filepath.Join(folder, t.Name()+".txt")
		if err := os.WriteFile(file, []byte(report.String()), 0o600); err != nil { //nolint:gosec // whoever runs it names it
			t.Fatal(err)
		}
	}
}

// noMode is why a NAT gateway has no addresses.
const noMode = "moto answers no mode of availability, without which the provider reads no address"

const notAnswered = "moto does not answer it"

// computedOnly are outputs that only one side has, each with its reason.
var computedOnly = map[string]string{
	"region": "every resource of the provider has it, since the major version after that of pulumi-aws v6",
	"id":     "the simulator leaves it to the engine, which keeps it beside the outputs",

	"aws:ec2/flowLog:FlowLog logGroupName": "the provider has dropped it; logDestination says it",

	"aws:ec2/vpcEndpoint:VpcEndpoint cidrBlocks":                          notAnswered,
	"aws:ec2/vpcEndpoint:VpcEndpoint dnsOptions":                          notAnswered,
	"aws:ec2/vpcEndpoint:VpcEndpoint ipAddressType":                       notAnswered,
	"aws:ec2/vpcEndpoint:VpcEndpoint serviceRegion":                       notAnswered,
	"aws:iam/openIdConnectProvider:OpenIdConnectProvider thumbprintLists": notAnswered,
	"aws:cloudwatch/logGroup:LogGroup logGroupClass":                      notAnswered,
	"aws:kms/key:Key rotationPeriodInDays":                                notAnswered,
	"aws:eks/nodeGroup:NodeGroup nodeRepairConfig":                        notAnswered,
	"aws:s3/bucketObjectv2:BucketObjectv2 serverSideEncryption":           notAnswered,
	"aws:ec2/eip:Eip vpc":                                                 "the provider has dropped it; domain says it",
	"aws:ec2/eip:Eip networkBorderGroup":                                  notAnswered,
	"aws:ec2/eip:Eip publicIpv4Pool":                                      notAnswered,
	"aws:ec2/natGateway:NatGateway vpcId":                                 "newer than pulumi-aws v6",
	"aws:ec2/natGateway:NatGateway associationId":                         noMode,
	"aws:ec2/natGateway:NatGateway networkInterfaceId":                    noMode,
	"aws:ec2/natGateway:NatGateway privateIp":                             noMode,
	"aws:ec2/natGateway:NatGateway publicIp":                              noMode,
}

// compareOutputs compares which outputs have a value. What the values are is each AWS's own affair.
func compareOutputs(t *testing.T, report *strings.Builder, witness, simulator resource) {
	t.Helper()
	for _, pair := range []struct {
		who       string
		has, asks map[string]any
	}{{"witness", witness.outputs, simulator.outputs}, {"simulator", simulator.outputs, witness.outputs}} {
		for _, name := range slices.Sorted(maps.Keys(pair.has)) {
			if empty(pair.has[name]) || !empty(pair.asks[name]) || strings.HasPrefix(name, "__") {
				continue
			}
			fmt.Fprintf(report, "%s %s: output of the %s only: %v\n", witness.token, name, pair.who, pair.has[name])
			if computedOnly[name] == "" && computedOnly[witness.token+" "+name] == "" {
				t.Errorf("%s: only the %s has the output %s: %v", witness.token, pair.who, name, pair.has[name])
			}
		}
	}
}

// empty values say the same as none, as Terraform's protocol has no other way to leave a computed one out.
func empty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case string:
		return value == ""
	case bool:
		return !value
	case float64:
		return value == 0
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	}
	return false
}
