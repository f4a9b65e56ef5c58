package fluxcontrollers

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// container is what a process takes from the pod that it stands for.
type container struct {
	args []string
	env  map[string]string
}

// readContainer works out the arguments and variables of the first container of a pod, as the kubelet would. Paths
// below one of its mounts are replaced by paths below the folder that directory gives for the volume.
func readContainer(pod *corev1.Pod, directory func(volume string) string) (container, error) {
	if len(pod.Spec.Containers) == 0 {
		return container{}, errors.New("the pod has no container")
	}
	spec := pod.Spec.Containers[0]
	mounts := map[string]string{}
	for _, mount := range spec.VolumeMounts {
		mounts[strings.TrimRight(mount.MountPath, "/")] = directory(mount.Name)
	}
	result := container{env: map[string]string{}}
	for _, variable := range spec.Env {
		value, err := variableOf(pod, spec, variable, result.env)
		if err != nil {
			return container{}, fmt.Errorf("reading variable %s: %w", variable.Name, err)
		}
		result.env[variable.Name] = relocate(value, mounts)
	}
	if temporary, ok := mounts["/tmp"]; ok {
		result.env["TMPDIR"] = temporary
	}
	for _, argument := range spec.Args {
		argument = expand(argument, result.env)
		name, value, hasValue := strings.Cut(argument, "=")
		if hasValue {
			argument = name + "=" + relocate(value, mounts)
		}
		result.args = append(result.args, argument)
	}
	return result, nil
}

func variableOf(
	pod *corev1.Pod, spec corev1.Container, variable corev1.EnvVar, earlier map[string]string,
) (string, error) {
	from := variable.ValueFrom
	switch {
	case from == nil:
		return expand(variable.Value, earlier), nil
	case from.FieldRef != nil:
		switch path := from.FieldRef.FieldPath; path {
		case "metadata.name":
			return pod.Name, nil
		case "metadata.namespace":
			return pod.Namespace, nil
		case "spec.serviceAccountName":
			return pod.Spec.ServiceAccountName, nil
		case "spec.nodeName":
			return pod.Spec.NodeName, nil
		default:
			return "", fmt.Errorf("field %q is not simulated; only names are", path)
		}
	case from.ResourceFieldRef != nil:
		return resourceOf(spec, from.ResourceFieldRef)
	default:
		return "", errors.New("values from ConfigMaps and Secrets are not simulated; write the value itself")
	}
}

// resourceOf is a limit or request in units of the divisor, rounded up.
func resourceOf(spec corev1.Container, ref *corev1.ResourceFieldSelector) (string, error) {
	kind, name, _ := strings.Cut(ref.Resource, ".")
	list := map[string]corev1.ResourceList{"limits": spec.Resources.Limits, "requests": spec.Resources.Requests}[kind]
	quantity, ok := list[corev1.ResourceName(name)]
	if !ok {
		return "", fmt.Errorf("the container has no %s", ref.Resource)
	}
	divisor := ref.Divisor
	if divisor.IsZero() {
		divisor = resource.MustParse("1")
	}
	value := quantity.AsApproximateFloat64() / divisor.AsApproximateFloat64()
	whole := int64(value)
	if float64(whole) < value {
		whole++
	}
	return strconv.FormatInt(whole, 10), nil
}

var reference = regexp.MustCompile(`\$\(([A-Za-z_][A-Za-z0-9_]*)\)`)

// expand replaces $(NAME). A name that is not known is left as it stands, as Kubernetes does.
func expand(value string, env map[string]string) string {
	return reference.ReplaceAllStringFunc(value, func(found string) string {
		if known, ok := env[reference.FindStringSubmatch(found)[1]]; ok {
			return known
		}
		return found
	})
}

func relocate(value string, mounts map[string]string) string {
	// The longest mount first, as one may lie below another.
	paths := slices.SortedFunc(maps.Keys(mounts), func(x, y string) int { return len(y) - len(x) })
	for _, path := range paths {
		if value == path || strings.HasPrefix(value, path+"/") {
			return mounts[path] + strings.TrimPrefix(value, path)
		}
	}
	return value
}

// mergeFlags is args without the flags that are dropped or overridden, with the overrides and the missing defaults
// added in the order of their names.
func mergeFlags(args []string, overrides, defaults map[string]string, dropped []string) []string {
	result := slices.Clone(args)
	result = slices.DeleteFunc(result, func(argument string) bool {
		name := flagName(argument)
		_, overridden := overrides[name]
		return overridden || slices.Contains(dropped, name)
	})
	set := map[string]bool{}
	for _, argument := range result {
		set[flagName(argument)] = true
	}
	added := maps.Clone(overrides)
	for name, value := range defaults {
		if !set[name] {
			added[name] = value
		}
	}
	for _, name := range slices.Sorted(maps.Keys(added)) {
		result = append(result, "--"+name+"="+added[name])
	}
	return result
}

func flagName(argument string) string {
	name, _, _ := strings.Cut(strings.TrimLeft(argument, "-"), "=")
	return name
}
