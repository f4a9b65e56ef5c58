package aws

// podRoles are the roles that the service account of an add-on in kube-system can take: by an identity of the add-on's,
// or by an association with the account.
func (t *tx) podRoles(cluster *record, addon, account string) []*record {
	var roles []*record
	keep := func(arn string) {
		if role := t.roleWithARN(arn); role != nil {
			roles = append(roles, role)
		}
	}
	agent := t.lookup(typeAddon, cluster.ID+":eks-pod-identity-agent") != nil
	if installed := t.lookup(typeAddon, cluster.ID+":"+addon); installed != nil {
		keep(installed.str("serviceAccountRoleArn"))
		for _, association := range installed.Inputs.objects("podIdentityAssociations") {
			if agent {
				keep(association.str("roleArn"))
			}
		}
	}
	for _, association := range t.of(typePodIdentity, "clusterName", cluster.ID) {
		if agent && association.str("namespace") == "kube-system" && association.str("serviceAccount") == account {
			keep(association.str("roleArn"))
		}
	}
	return roles
}
