package cluster

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Viewer is somebody who may look into the cluster and change nothing.
type Viewer struct {
	// Name is the name of the access entry.
	Name         string
	PrincipalArn pulumi.StringInput
	// Input is the path of the input that names the principal.
	Input string
	// Group is the Kubernetes group by which objects inside the cluster can allow more.
	Group string
}

// viewers lets the viewers in. EKS's view policy covers what Kubernetes brings along, but for Secrets, and nothing that
// others define.
func (r *registration) viewers() error {
	for _, viewer := range r.Options.Viewers {
		admitted := admission{
			name: viewer.Name, principal: viewer.PrincipalArn, policy: AccessPolicyView,
			groups: pulumi.ToStringArray([]string{viewer.Group}), onlyLooks: true,
		}
		if r.creator != nil {
			admitted.principal = otherThanCreator(viewer.Input, "give a role of its own", viewer.PrincipalArn, r.creator)
		}
		if _, err := r.admit(admitted); err != nil {
			return err
		}
	}
	return nil
}
