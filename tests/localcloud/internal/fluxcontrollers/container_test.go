package fluxcontrollers

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// pod is like the one of source-controller.
func pod(env ...corev1.EnvVar) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "source-controller-1", Namespace: "flux-system"},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Args: []string{
				"--watch-all-namespaces=true", "--enable-leader-election", "--storage-path=/data",
				"--storage-adv-addr=source-controller.$(RUNTIME_NAMESPACE).svc.cluster.local.",
				"--events-addr=http://notification-controller.flux-system.svc.cluster.local./", "--literal=$(UNKNOWN)",
			},
			Env: append([]corev1.EnvVar{
				{Name: "RUNTIME_NAMESPACE", ValueFrom: &corev1.EnvVarSource{
					FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.namespace"},
				}},
			}, env...),
			Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{
				corev1.ResourceCPU: resource.MustParse("1500m"), corev1.ResourceMemory: resource.MustParse("1Gi"),
			}},
			VolumeMounts: []corev1.VolumeMount{{Name: "data", MountPath: "/data"}, {Name: "tmp", MountPath: "/tmp"}},
		}}},
	}
}

func directory(volume string) string { return "DIR/" + volume }

func TestAContainersVariablesAndArguments(t *testing.T) {
	t.Parallel()
	limit := func(name string) *corev1.EnvVarSource {
		return &corev1.EnvVarSource{ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: name}}
	}
	got, err := readContainer(pod(
		corev1.EnvVar{Name: "TUF_ROOT", Value: "/tmp/.sigstore"},
		corev1.EnvVar{Name: "GOMAXPROCS", ValueFrom: limit("limits.cpu")},
		corev1.EnvVar{Name: "GOMEMLIMIT", ValueFrom: limit("limits.memory")},
		corev1.EnvVar{Name: "IN", Value: "in $(RUNTIME_NAMESPACE)"},
	), directory)
	if err != nil {
		t.Fatal(err)
	}
	want := container{
		args: []string{
			"--watch-all-namespaces=true", "--enable-leader-election", "--storage-path=DIR/data",
			"--storage-adv-addr=source-controller.flux-system.svc.cluster.local.",
			"--events-addr=http://notification-controller.flux-system.svc.cluster.local./", "--literal=$(UNKNOWN)",
		},
		env: map[string]string{
			"RUNTIME_NAMESPACE": "flux-system", "TUF_ROOT": "DIR/tmp/.sigstore", "GOMAXPROCS": "2",
			"GOMEMLIMIT": "1073741824", "IN": "in flux-system", "TMPDIR": "DIR/tmp",
		},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(container{})); diff != "" {
		t.Error(diff)
	}
}

func TestVariablesThatAreNotSimulatedAreRefused(t *testing.T) {
	t.Parallel()
	_, err := readContainer(pod(corev1.EnvVar{Name: "SECRET", ValueFrom: &corev1.EnvVarSource{
		SecretKeyRef: &corev1.SecretKeySelector{Key: "key"},
	}}), directory)
	if err == nil {
		t.Fatal("a variable from a Secret was accepted")
	}
	want := "reading variable SECRET: values from ConfigMaps and Secrets are not simulated; write the value itself"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestFlagsOfAProcess(t *testing.T) {
	t.Parallel()
	read, err := readContainer(pod(), directory)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		events int
		args   []string
		want   []string
	}{
		"source-controller": {0, read.args, []string{
			"--watch-all-namespaces=true", "--storage-path=DIR/data", "--literal=$(UNKNOWN)", "--events-addr=",
			"--health-addr=0", "--metrics-addr=0", "--requeue-dependency=2s", "--storage-addr=127.0.0.1:7",
			"--storage-adv-addr=127.0.0.1:7",
		}},
		"kustomize-controller": {9, []string{"--requeue-dependency=5s", "--feature-gates=ExternalArtifact=true"}, []string{
			"--requeue-dependency=5s", "--feature-gates=ExternalArtifact=true", "--events-addr=http://127.0.0.1:9/",
			"--health-addr=0", "--metrics-addr=0",
		}},
		"notification-controller": {9, nil, []string{
			"--events-addr=127.0.0.1:9", "--health-addr=0", "--metrics-addr=0", "--receiverAddr=127.0.0.1:8",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, c := range controllers {
				if c.name != name {
					continue
				}
				ports := map[string]int{"storage": 7, "receiver": 8, "events": 9}
				got := mergeFlags(test.args, c.overrides(ports, test.events), c.defaults, unused)
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Error(diff)
				}
				return
			}
			t.Fatal("there is no such controller")
		})
	}
}
