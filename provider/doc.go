// Package provider is the Pulumi component provider GitOpsCluster.
//
// # What is plain
//
// An input is plain when it decides which resources exist, what they are called or how addresses are divided; it must
// be known while the program runs. Every other input may be another resource's output and only flows into properties.
// The Go types say which is which (a field of type pulumi.StringInput and its kin flows through), and package
// internal/inputs reads it from there, for the schema and for the guard that checks the raw inputs.
//
// # What is pure
//
// Every room (network, cluster, flux, backstage) has a part that decides and a part that registers. What decides takes
// values and gives values: address plans, sizes, manifests, entities, and all that can be wrong with the inputs. What
// registers decides nothing but the order. Values that are outputs meet the pure part in an Apply that renders text;
// no resource is ever made in an Apply, and nothing branches on an output.
//
// # What follows what
//
// The guard refuses wrong inputs before anything registers. Then GitOpsCluster registers network, cluster, Flux and
// catalog, in this order, and nothing waits for what it does not need:
//
//	VPC, subnets, gateways ─┐
//	cluster role ───────────┼─ control plane ─ vpc-cni, kube-proxy ─┐
//	node role ──────────────┘   └─ access, OIDC provider            ├─ nodes ─ coredns ─ Flux ─ sync ─ teardown
//	routes of the private subnets ──────────────────────────────────┘
//
// Destroy runs the same edges backwards. The teardown depends on everything else, so it is the first to go: it drains
// the cluster while the controllers, the nodes and the way to AWS still exist.
package provider
