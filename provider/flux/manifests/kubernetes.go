package manifests

import "strings"

// minimums are the oldest Kubernetes minors that each minor of Flux works on, as `flux check` of that minor says.
var minimums = map[string]string{"v2.6": "1.31", "v2.7": "1.32", "v2.8": "1.33", "v2.9": "1.33"}

// KubernetesMinimum returns the oldest Kubernetes minor that a version of Flux works on, or "" for a minor of Flux that
// is newer than this package.
func KubernetesMinimum(version string) string {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 3 {
		return ""
	}
	return minimums[parts[0]+"."+parts[1]]
}
