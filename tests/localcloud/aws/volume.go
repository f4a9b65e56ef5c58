package aws

import (
	"fmt"
	"slices"
)

// VolumeSpec is what the EBS CSI driver of a cluster asks for on behalf of a claim.
type VolumeSpec struct {
	// PersistentVolume is the name of the object in the cluster, of which there is no second one in the account.
	PersistentVolume string
	// ClaimNamespace and Claim are whom it is for.
	ClaimNamespace, Claim string
	Zone, Type            string
	SizeGiB               int
}

func volumeKinds() map[string]*kind { return map[string]*kind{typeVolume: {}} }

// EnsureVolume makes a volume for a claim in a cluster, unless it is there, and answers its id. It stays until
// DeleteVolume, whatever becomes of the cluster.
func (c *Cloud) EnsureVolume(cluster string, spec VolumeSpec) (id string, err error) {
	c, cluster = c.ofServers(cluster)
	c.store.look(func(a *account) {
		t := c.tx(a)
		for _, r := range t.all(typeVolume) {
			if r.Facts.str("persistentVolume") == spec.PersistentVolume {
				id = r.ID
			}
		}
	})
	if id != "" {
		return id, nil
	}
	err = c.store.change(func(a *account) error {
		t := c.tx(a).calling(ec2, "CreateVolume")
		if err := t.checkDriver(t.lookup(typeCluster, cluster)); err != nil {
			return err
		}
		id = newID("vol")
		tags := map[string]any{
			"Name":                                    cluster + "-dynamic-" + spec.PersistentVolume,
			clusterTag + cluster:                      "owned",
			"ebs.csi.aws.com/cluster":                 "true",
			"CSIVolumeName":                           spec.PersistentVolume,
			"kubernetes.io/created-for/pv/name":       spec.PersistentVolume,
			"kubernetes.io/created-for/pvc/name":      spec.Claim,
			"kubernetes.io/created-for/pvc/namespace": spec.ClaimNamespace,
		}
		t.put(&record{
			Type: typeVolume, ID: id, Facts: props{"persistentVolume": spec.PersistentVolume},
			Computed: props{
				"arn": t.arn("ec2", "volume/"+id), "availabilityZone": spec.Zone, "size": spec.SizeGiB, "type": spec.Type,
				"tags": tags, "tagsAll": tags,
			},
		})
		return nil
	})
	return id, err
}

// DeleteVolume removes a volume that EnsureVolume made. One that does not exist is no error.
func (c *Cloud) DeleteVolume(cluster, id string) error {
	c, cluster = c.ofServers(cluster)
	return c.store.change(func(a *account) error {
		t := c.tx(a).calling(ec2, "DeleteVolume")
		r := t.lookup(typeVolume, id)
		if r == nil {
			return nil
		}
		if err := t.checkDriver(t.lookup(typeCluster, cluster)); err != nil {
			return err
		}
		t.drop(r)
		return nil
	})
}

// checkDriver says why the EBS CSI driver may not make the call that is under way. It acts as a role of its service
// account, or, when that has none, as its node.
func (t *tx) checkDriver(cluster *record) error {
	if cluster == nil {
		return fmt.Errorf("the cluster is gone")
	}
	roles := t.podRoles(cluster, "aws-ebs-csi-driver", "ebs-csi-controller-sa")
	if len(roles) == 0 {
		roles = t.rolesFromNodes(cluster)
	}
	allowed := func(role *record) bool {
		return t.hasManaged(role, "service-role/AmazonEBSCSIDriverPolicy") || t.allows(role, "ec2:"+t.call, "*")
	}
	if slices.ContainsFunc(roles, allowed) {
		return nil
	}
	caller := "nobody"
	if len(roles) > 0 {
		caller = roles[0].str("arn")
	}
	return t.fail("UnauthorizedOperation", "You are not authorized to perform this operation. User: %s is not authorized "+
		"to perform: ec2:%s because no identity-based policy allows the ec2:%s action", caller, t.call, t.call)
}

// rolesFromNodes are the roles of nodes that their pods can take: a hop limit of one keeps the instance's credentials
// from them.
func (t *tx) rolesFromNodes(cluster *record) []*record {
	var roles []*record
	for _, group := range t.of(typeNodeGroup, "clusterName", cluster.ID) {
		template := t.templateOf(group.properties())
		if template.number("metadataOptions.httpPutResponseHopLimit") == 1 {
			continue
		}
		if role := t.roleWithARN(group.str("nodeRoleArn")); role != nil {
			roles = append(roles, role)
		}
	}
	return roles
}
