package backstage

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
)

// TestLoop orders a cluster in the portal, finds it there, looks into it, changes it and destroys it. Its parts follow
// each other.
func TestLoop(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	folder := t.TempDir()
	env, err := stack.Env(t.Context(), cloud.Tree, folder, cloud.LocalCloud)
	if err != nil {
		t.Fatal(err)
	}
	templates := templatesOnLocalCloud(t, cloud)
	bucket := serveBucket(t, cloud)
	p := start(t, loopConfig(templates, bucket, cloud), variables(env)...)
	changes := map[string]any{
		"name": "shop", "stack": "test", "purpose": "Sells ${things}.", "nodes": 2, "syncPath": "./apps",
		"organization": "organization",
	}
	opened := workspace(t, cloud, folder, programOf(t, p.mustRun(readTemplate(t, "in-place"), order(changes))))

	if !t.Run("the template makes the cluster", func(t *testing.T) {
		p := p.in(t)
		output := p.task("template:default/gitops-cluster-in-place", order(changes))
		links, _ := output["links"].([]any)
		if len(links) != 1 || links[0].(map[string]any)["entityRef"] != "resource:default/shop-test" {
			t.Errorf("the template shows %v", output)
		}
	}) {
		t.FailNow()
	}
	t.Run("the cluster appears", func(t *testing.T) { //nolint:paralleltest // what follows looks at it.
		p := p.in(t)
		p.awaitEntity("resource/default/shop-test", func(entity) (bool, string) { return true, "" })
		related(p)
	})
	t.Run("Backstage accepts the document", func(t *testing.T) { //nolint:paralleltest // as above.
		document := fixture.Output(t, opened, "catalogInfo")
		if refused := validate(t, map[string]string{"": document}, nil).Documents[""]; refused != nil {
			t.Errorf("Backstage refuses the document: %s", *refused)
		}
		if purpose := fixture.Output(t, opened, "purpose"); purpose != "Sells ${things}." {
			t.Errorf("purpose: got %q", purpose)
		}
	})
	t.Run("the Kubernetes plugin looks into it", func(t *testing.T) { //nolint:paralleltest // as above.
		looksInto(p.in(t), "aws")
	})
	t.Run("a change arrives", func(t *testing.T) { //nolint:paralleltest // as above.
		p := p.in(t)
		rewrite(t, opened, "backstage:\n",
			"backstage:\n                lifecycle: deprecated\n                serviceAccountToken: true\n")
		rewrite(t, opened, "outputs:\n", "outputs:\n    token: ${shop.backstageToken}\n")
		fixture.Up(t, opened)
		p.awaitEntity("component/default/shop-test-flux", func(found entity) (bool, string) {
			return found.Spec.Lifecycle == "deprecated", found.Spec.Lifecycle
		})
	})
	t.Run("a token opens the cluster too", func(t *testing.T) { //nolint:paralleltest // as above.
		config := loopConfig(templates, bucket, cloud)
		methods := withToken(p.in(t), fixture.Output(t, opened, "token"))
		config["kubernetes"].(map[string]any)["clusterLocatorMethods"] = methods
		other := start(t, config, variables(env)...)
		other.awaitEntity("component/default/shop-test-flux", func(entity) (bool, string) { return true, "" })
		looksInto(other, "serviceAccount")
	})
	t.Run("the operator's kinds take what is emitted", func(t *testing.T) { //nolint:paralleltest // as above.
		c := cloud.Connect(t, fixture.Output(t, opened, "kubeconfig"), cloud.AccessKeys[0])
		takesOrders(p.in(t), c, filepath.Join(cloud.Tree.Tools, "operator-crds"))
	})
	t.Run("it goes with the cluster", func(t *testing.T) { //nolint:paralleltest // as above.
		p := p.in(t)
		if _, err := opened.Destroy(t.Context()); err != nil {
			t.Fatal(err)
		}
		cloud.MustBeEmpty(t)
		for _, gone := range []string{
			"component/default/shop-test-flux", "resource/default/shop-test", "resource/default/shop-test-vpc",
		} {
			fixture.Eventually(t, time.Minute, gone+" to go", func() (bool, string) {
				status, body := p.call(http.MethodGet, "/api/catalog/entities/by-name/"+gone, nil)
				return status == http.StatusNotFound, body
			})
		}
	})
}

// loopConfig is what examples/backstage/README.md tells an administrator to put into app-config, in the addresses of
// the test.
func loopConfig(templates, bucket string, cloud fixture.Cloud) map[string]any {
	return map[string]any{
		"integrations": map[string]any{
			"github": github()["github"],
			"awsS3": []any{map[string]any{
				"endpoint": bucket, "s3ForcePathStyle": true, "accessKeyId": cloud.AccessKeys[0].AccessKeyID,
				"secretAccessKey": cloud.AccessKeys[0].SecretAccessKey,
			}},
		},
		"catalog": map[string]any{
			"rules":              []any{map[string]any{"allow": []string{"Component", "System", "Resource", "Location"}}},
			"processingInterval": map[string]any{"seconds": 2},
			"orphanStrategy":     "delete",
			"locations": []any{map[string]any{
				"type": "file", "target": filepath.Join(templates, "catalog-info.yaml"),
				"rules": []any{map[string]any{"allow": []string{"Location", "Template"}}},
			}},
			"providers": map[string]any{"awsS3": map[string]any{"gitops-clusters": map[string]any{
				"bucketName": aws.CatalogBucket, "prefix": "backstage/", "region": cloud.Region,
				"schedule": map[string]any{
					"frequency": map[string]any{"seconds": 2}, "timeout": map[string]any{"minutes": 1},
					"initialDelay": map[string]any{"seconds": 0},
				},
			}}},
		},
		"kubernetes": map[string]any{
			"serviceLocatorMethod": map[string]any{"type": "catalogRelation"},
			"clusterLocatorMethods": []any{map[string]any{
				"type": "catalog", "dangerouslyAllowClusterUrls": []string{"127.0.0.1"},
			}},
			"customResources": []any{map[string]any{
				"group": "kustomize.toolkit.fluxcd.io", "apiVersion": "v1", "plural": "kustomizations",
			}},
		},
	}
}

// templatesOnLocalCloud is a copy of the templates that takes Flux and the repository from the local cloud.
func templatesOnLocalCloud(t *testing.T, cloud fixture.Cloud) string {
	t.Helper()
	target := t.TempDir()
	if err := os.CopyFS(target, os.DirFS(examples)); err != nil {
		t.Fatal(err)
	}
	copied, err := os.OpenRoot(target)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = copied.Close() }()
	err = fs.WalkDir(copied.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "Pulumi.yaml" {
			return err
		}
		content, err := copied.ReadFile(path)
		if err != nil {
			return err
		}
		const flux, url = "        version: v2.9.5\n", "url: ${{ values.syncUrl | replace('$', '$$') | dump }}"
		if !strings.Contains(string(content), flux) || !strings.Contains(string(content), url) {
			return fmt.Errorf("%s does not say %q and %q", path, flux, url)
		}
		changed := strings.NewReplacer(
			flux, flux+"        interval: 5s\n        artifact: { url: \""+cloud.Artifact()+"\", insecure: true }\n",
			url, "url: \""+cloud.GitURL(fixture.Sample)+"\"",
		).Replace(string(content))
		return copied.WriteFile(path, []byte(changed), 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func variables(env map[string]string) []string {
	list := []string{"PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK=true"}
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	return list
}

// workspace is where a user goes on with what was ordered: the emitted program, on the same state.
func workspace(t *testing.T, cloud fixture.Cloud, folder, program string) auto.Stack {
	t.Helper()
	opened, err := stack.Open(t.Context(), cloud.Tree, stack.Options{
		Dir: folder, Name: "test", Program: []byte(onLocalCloud(t, program, cloud)), Cloud: cloud.LocalCloud,
	})
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// rewrite changes the program of a stack.
func rewrite(t *testing.T, opened auto.Stack, from, to string) {
	t.Helper()
	folder, err := os.OpenRoot(opened.Workspace().WorkDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = folder.Close() }()
	content, err := folder.ReadFile("Pulumi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(content), from) != 1 {
		t.Fatalf("the program does not say once %q:\n%s", from, content)
	}
	program := strings.Replace(string(content), from, to, 1)
	if err := folder.WriteFile("Pulumi.yaml", []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
}

// task runs a template for real and returns what it shows.
func (p portal) task(ref string, values map[string]any) map[string]any {
	p.t.Helper()
	name := strings.TrimPrefix(ref, "template:default/")
	p.awaitEntity("template/default/"+name, func(entity) (bool, string) { return true, "" })
	var made struct{ ID string }
	p.ask(http.MethodPost, "/api/scaffolder/v2/tasks", map[string]any{
		"templateRef": ref, "values": values, "secrets": map[string]any{},
	}, &made)
	var output map[string]any
	fixture.Eventually(p.t, 10*time.Minute, "the task to end", func() (bool, string) {
		var task struct{ Status string }
		p.ask(http.MethodGet, "/api/scaffolder/v2/tasks/"+made.ID, nil, &task)
		if task.Status == "open" || task.Status == "processing" {
			return false, task.Status
		}
		var events []struct {
			Type string
			Body struct {
				Message string
				Output  map[string]any
			}
		}
		p.ask(http.MethodGet, "/api/scaffolder/v2/tasks/"+made.ID+"/events", nil, &events)
		var log strings.Builder
		for _, event := range events {
			fmt.Fprintln(&log, event.Body.Message)
			if event.Type == "completion" {
				output = event.Body.Output
			}
		}
		if task.Status != "completed" {
			p.t.Fatalf("the task is %s:\n%s", task.Status, log.String())
		}
		return true, ""
	})
	return output
}

// entity is what these tests read of an entity.
type entity struct {
	Kind     string
	Metadata struct {
		Name        string
		Annotations map[string]string
	}
	Spec struct{ Type, Lifecycle string }

	Relations []struct{ Type, TargetRef string }
}

// awaitEntity waits until the catalog has an entity that is as it should be.
func (p portal) awaitEntity(name string, holds func(entity) (bool, string)) {
	p.t.Helper()
	fixture.Eventually(p.t, time.Minute, "the entity "+name, func() (bool, string) {
		path := "/api/catalog/entities/by-name/" + name
		if status, body := p.call(http.MethodGet, path, nil); status != http.StatusOK {
			return false, body
		}
		var found entity
		p.ask(http.MethodGet, path, nil, &found)
		return holds(found)
	})
}

// related looks at the relations of the entities, which the catalog makes when all of them are there.
func related(p portal) {
	p.t.Helper()
	for name, want := range map[string][]string{
		"component/default/shop-test-flux": {
			"dependsOn resource:default/shop-test", "ownedBy group:default/platform",
		},
		"resource/default/shop-test": {
			"dependencyOf component:default/shop-test-flux", "dependsOn resource:default/shop-test-vpc",
			"ownedBy group:default/platform",
		},
		"resource/default/shop-test-vpc": {
			"dependencyOf resource:default/shop-test", "ownedBy group:default/platform",
		},
	} {
		p.awaitEntity(name, func(found entity) (bool, string) {
			var got []string
			for _, relation := range found.Relations {
				got = append(got, relation.Type+" "+relation.TargetRef)
			}
			slices.Sort(got)
			diff := cmp.Diff(want, got)
			return diff == "", diff
		})
	}
}

// withToken is how an administrator lets Backstage into the cluster with a token, which is not for the catalog.
func withToken(p portal, token string) []any {
	var cluster entity
	p.awaitEntity("resource/default/shop-test", func(found entity) (bool, string) {
		cluster = found
		return true, ""
	})
	annotations := cluster.Metadata.Annotations
	return []any{map[string]any{"type": "config", "clusters": []any{map[string]any{
		"name": "shop-test", "authProvider": "serviceAccount", "serviceAccountToken": token,
		"url":    annotations["kubernetes.io/api-server"],
		"caData": annotations["kubernetes.io/api-server-certificate-authority"],
	}}}}
}

// looksInto asks Backstage's Kubernetes plugin for the workloads of the GitOps component: it finds the cluster by the
// entities, signs in, and reads.
func looksInto(p portal, authProvider string) {
	p.t.Helper()
	var clusters struct {
		Items []struct{ Name, AuthProvider string }
	}
	p.ask(http.MethodGet, "/api/kubernetes/clusters", nil, &clusters)
	want := struct{ Name, AuthProvider string }{"shop-test", authProvider}
	if len(clusters.Items) != 1 || clusters.Items[0] != want {
		p.t.Fatalf("clusters: got %+v", clusters.Items)
	}
	var workloads struct {
		Items []struct {
			Errors    []any
			Resources []struct {
				Type      string
				Resources []struct{ Metadata struct{ Name string } }
			}
		}
	}
	p.ask(http.MethodPost, "/api/kubernetes/resources/workloads/query", map[string]any{
		"auth": map[string]any{}, "entityRef": "component:default/shop-test-flux",
	}, &workloads)
	if len(workloads.Items) != 1 {
		p.t.Fatalf("the component has %d clusters, want one", len(workloads.Items))
	}
	var deployments []string
	pods := 0
	for _, kind := range workloads.Items[0].Resources {
		for _, object := range kind.Resources {
			switch kind.Type {
			case "deployments":
				deployments = append(deployments, object.Metadata.Name)
			case "pods":
				pods++
			}
		}
	}
	slices.Sort(deployments)
	controllers := []string{"helm-controller", "kustomize-controller", "notification-controller", "source-controller"}
	if diff := cmp.Diff(controllers, deployments); diff != "" {
		p.t.Errorf("deployments (-want +got):\n%s\nerrors: %v", diff, workloads.Items[0].Errors)
	}
	if pods != 4 {
		p.t.Errorf("pods: got %d, want 4; errors: %v", pods, workloads.Items[0].Errors)
	}
	var objects struct {
		Items []struct {
			Resources []struct {
				Resources []struct{ Metadata struct{ Name string } }
			}
		}
	}
	p.ask(http.MethodPost, "/api/kubernetes/resources/custom/query", map[string]any{
		"auth": map[string]any{}, "entityRef": "component:default/shop-test-flux",
		"customResources": []any{map[string]any{
			"group": "kustomize.toolkit.fluxcd.io", "apiVersion": "v1", "plural": "kustomizations",
		}},
	}, &objects)
	kustomizations := 0
	for _, cluster := range objects.Items {
		for _, kind := range cluster.Resources {
			kustomizations += len(kind.Resources)
		}
	}
	if kustomizations != 2 {
		p.t.Errorf("Kustomizations of the component: got %+v, want the sync and Flux itself", objects.Items)
	}
}
