package cluster

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// TestOnceMade makes a resource with a value that waits for another one: it comes second, and depends on what the value
// came from alone.
func TestOnceMade(t *testing.T) {
	t.Parallel()
	engine := &slowEngine{dependencies: map[string][]string{}}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		var made [3]custom
		for i, name := range []string{"source", "awaited"} {
			if err := ctx.RegisterResource("test:index:Custom", name, pulumi.Map{}, &made[i]); err != nil {
				return err
			}
		}
		value := onceMade(ctx, []pulumi.Resource{&made[1]}, made[0].ID().ToStringOutput())
		return ctx.RegisterResource("test:index:Custom", "last", pulumi.Map{"value": value}, &made[2])
	}, pulumi.WithMocks("project", "stack", engine))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"source", "awaited", "last"}, engine.made); diff != "" {
		t.Errorf("the order of what was made (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"source"}, engine.dependencies["last"]); diff != "" {
		t.Errorf("what the last one depends on (-want +got):\n%s", diff)
	}
}

// TestOnceMadeFails lets the resource fail that a value waits for: what needs the value is not made.
func TestOnceMadeFails(t *testing.T) {
	t.Parallel()
	engine := &slowEngine{dependencies: map[string][]string{}, refuses: "awaited"}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		var made [2]custom
		if err := ctx.RegisterResource("test:index:Custom", "awaited", pulumi.Map{}, &made[0]); err != nil {
			return err
		}
		value := onceMade(ctx, []pulumi.Resource{&made[0]}, pulumi.String("value").ToStringOutput())
		return ctx.RegisterResource("test:index:Custom", "last", pulumi.Map{"value": value}, &made[1])
	}, pulumi.WithMocks("project", "stack", engine))
	if err == nil || len(engine.made) != 0 {
		t.Errorf("got %v and %v, want an error and nothing made", err, engine.made)
	}
}

var errRefused = errors.New("refused")

type custom struct{ pulumi.CustomResourceState }

// slowEngine takes its time for what is awaited, and writes down what was made in which order.
type slowEngine struct {
	refuses string

	mutex        sync.Mutex
	made         []string
	dependencies map[string][]string
}

// NewResource implements pulumi.MockResourceMonitor.
func (e *slowEngine) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	if args.Name == e.refuses {
		return "", nil, errRefused
	}
	if args.Name == "awaited" {
		time.Sleep(100 * time.Millisecond)
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.made = append(e.made, args.Name)
	for _, urn := range args.RegisterRPC.GetDependencies() {
		e.dependencies[args.Name] = append(e.dependencies[args.Name], resource.URN(urn).Name())
	}
	slices.Sort(e.dependencies[args.Name])
	return args.Name + "-id", args.Inputs, nil
}

// Call implements pulumi.MockResourceMonitor.
func (e *slowEngine) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, errRefused }
