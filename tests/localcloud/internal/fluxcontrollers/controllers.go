package fluxcontrollers

import (
	"fmt"
	"maps"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/ports"
)

// namespace is where Flux lives; its manifests allow no other.
const namespace = "flux-system"

// controller is a controller of Flux: its name is that of its program, its Deployment and the label "app" of its pods.
type controller struct {
	name string
	// ports names the ports it listens on.
	ports []string
	// flags are the flags that have to differ from the pod's.
	flags func(port map[string]int) map[string]string
	// defaults are flags for those that the pod does not set.
	defaults map[string]string
}

const notificationController = "notification-controller"

// swift has dependencies looked at every two seconds instead of every thirty, which no cluster of ours is too busy for.
var swift = map[string]string{"requeue-dependency": "2s"}

var controllers = []controller{
	{
		name: "source-controller", ports: []string{"storage"},
		flags: func(port map[string]int) map[string]string {
			address := ports.Address(port["storage"])
			return map[string]string{"storage-addr": address, "storage-adv-addr": address}
		},
		defaults: swift,
	},
	{name: "kustomize-controller", defaults: swift},
	{name: "helm-controller", defaults: swift},
	{
		name: notificationController, ports: []string{"events", "receiver"},
		flags: func(port map[string]int) map[string]string {
			return map[string]string{
				"events-addr": ports.Address(port["events"]), "receiverAddr": ports.Address(port["receiver"]),
			}
		},
	},
}

// unused are the flags of a pod that a process outside the cluster has no use for.
var unused = []string{
	"enable-leader-election", "leader-election-release-on-cancel", "leader-election-lease-duration",
	"leader-election-renew-deadline", "leader-election-retry-period",
}

// overrides are the flags that a process gets in place of the pod's. The port of the notification controller's events
// is zero where there is no such controller.
func (c controller) overrides(port map[string]int, events int) map[string]string {
	flags := map[string]string{"metrics-addr": "0", "health-addr": "0", "events-addr": ""}
	if events != 0 {
		flags["events-addr"] = fmt.Sprintf("http://%s/", ports.Address(events))
	}
	if c.flags != nil {
		maps.Copy(flags, c.flags(port))
	}
	return flags
}
