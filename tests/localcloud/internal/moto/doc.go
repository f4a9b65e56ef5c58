// Package moto is an AWS account that others made: the emulator moto in a process of its own, and a web server in front
// of it that AWS's SDKs talk to. All but EKS is passed on as it comes, but for the tags of launch templates, which moto
// repeats where they do not belong. Of EKS, moto knows clusters and node groups as records with nothing behind them, so
// what is missing is added here:
//
//   - clusters: the endpoint and certificate authority of a real API server, an issuer of their own, the security
//     group that EKS makes, the states CREATING and DELETING, accessConfig, upgradePolicy, and only versions that
//     there is a server for
//   - node groups: the Node objects, EKS's defaults beside a launch template (moto answers an SSH key, a disk size and
//     an image of 2021), the states, the update of a version
//   - updates: moto answers none of them, and cannot be asked about one
//   - add-ons, access entries and policies, pod identity associations: moto has none
//
// What moto does not refuse although AWS does is named in tests/witness/README.md; the simulated AWS of package aws
// is there for that. Everything is in memory: what moto holds ends with the daemon.
package moto
