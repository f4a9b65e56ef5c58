package aws_test

import "testing"

func TestAddonRules(t *testing.T) {
	t.Parallel()
	before := toNodes()
	addon := func(name string, changes map[string]any) func(*stack) error {
		return creatingStep([]step{addonStep(name)}, name, changes)
	}
	doing := "creating EKS Add-On (coredns)"
	invalid := func(text string) string {
		return eksError(doing, "CreateAddon", "400", "InvalidParameterException: "+text)
	}
	podRole := step{"pods", roleType, fixed(map[string]any{
		"assumeRolePolicy": trust("pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"),
	})}
	identity := func(account, role string) map[string]any {
		return map[string]any{"podIdentityAssociations": []any{
			map[string]any{"serviceAccount": account, "roleArn": from{role, "arn"}},
		}}
	}
	runRules(t, []rule{
		{
			name: "no cluster", act: creating(addonType, map[string]any{"clusterName": "none", "addonName": "coredns"}),
			want: eksError(doing, "CreateAddon", "404", "ResourceNotFoundException: No cluster found for name: none."),
		},
		{
			name: "twice", before: before, act: addon("vpc-cni", nil),
			want: eksError("creating EKS Add-On (vpc-cni)", "CreateAddon", "409",
				"ResourceInUseException: Addon already exists."),
		},
		{
			name: "unknown name", before: before, act: addon("cordns", nil),
			want: eksError("creating EKS Add-On (cordns)", "CreateAddon", "400", "InvalidParameterException: Addon cordns "+
				"specified is not supported in 1.35 kubernetes version"),
		},
		{
			name: "unknown version", before: before, act: addon("coredns", map[string]any{"addonVersion": "v1.0.0-eksbuild.1"}),
			want: invalid("Addon version specified is not supported: coredns v1.0.0-eksbuild.1 for Kubernetes 1.35; known are " +
				"v1.13.2-eksbuild.4, v1.14.3-eksbuild.11"),
		},
		{
			name: "no role", before: before,
			act:  addon("coredns", map[string]any{"serviceAccountRoleArn": "arn:aws:iam::123456789012:role/none"}),
			want: invalid("Role arn:aws:iam::123456789012:role/none does not exist."),
		},
		{
			name: "identity of an add-on that has none", before: append(before, podRole),
			act:  addon("coredns", identity("coredns", "pods")),
			want: invalid("Pod Identity feature is not supported for addon version: v1.13.2-eksbuild.4"),
		},
		{
			name: "identity of another account", before: append(before, podRole),
			act: addon("aws-ebs-csi-driver", identity("x", "pods")),
			want: eksError("creating EKS Add-On (aws-ebs-csi-driver)", "CreateAddon", "400", "InvalidParameterException: "+
				"Service account x is not supported for addon aws-ebs-csi-driver"),
		},
		{
			name: "role that pods may not assume", before: before,
			act: addon("aws-ebs-csi-driver", identity("ebs-csi-controller-sa", "node-role")),
			want: eksError("creating EKS Add-On (aws-ebs-csi-driver)", "CreateAddon", "400", "InvalidParameterException: Trust "+
				"policy of the role provided is invalid: pods.eks.amazonaws.com needs sts:AssumeRole."),
		},
		{
			name: "unknown setting", before: before, act: addon("coredns",
				map[string]any{"configurationValues": `{"replicas":3}`}),
			want: invalid("ConfigurationValue provided in request is not supported: Json schema validation failed with error: " +
				"[$.replicas: is not defined in the schema and the schema does not allow additional properties]"),
		},
		{
			name: "pods without nodes", before: before, act: addon("coredns", nil),
			want: "creating EKS Add-On (coredns): waiting for EKS Add-On (demo:coredns) create: timeout while waiting for " +
				"state " +
				"to become 'ACTIVE' (last state: 'DEGRADED', timeout: 20m0s): InsufficientNumberOfReplicas: The add-on is " +
				"unhealthy because it doesn't have the desired number of replicas",
		},
		{
			name: "two minors of vpc-cni at once", before: before,
			act: updating("vpc-cni", map[string]any{"addonVersion": "v1.22.4-eksbuild.3"}),
			want: eksError("updating EKS Add-On (demo:vpc-cni)", "UpdateAddon", "400", "InvalidParameterException: Updating "+
				"VPC-CNI can only go up or down 1 minor version at a time"),
		},
		{name: "pods with nodes", before: withNodes(), act: addon("coredns", map[string]any{
			"configurationValues": `{"replicaCount":3}`,
		})},
	})
}

// An add-on that is to be preserved is deleted, and what it put into the cluster stays.
func TestAddonPreserve(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(withCluster())
	addon := w.create(addonType, "vpc-cni", map[string]any{"clusterName": s.id("cluster"), "addonName": "vpc-cni",
		"preserve": true})
	if err := w.remove(addon); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := w.read(addon); ok {
		t.Error("the add-on is still there")
	}
	if _, ok := w.backend.addons["demo:vpc-cni"]; !ok {
		t.Error("its workload is gone")
	}
}
