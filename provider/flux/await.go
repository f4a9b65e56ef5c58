package flux

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

const (
	// failurePatience is how long a failure must last to count. Flux tries a source again within a second, then two,
	// then four: what has not passed after this long will not pass by itself.
	failurePatience = 30 * time.Second
	// verdictPatience is the same for what Flux says about the content of the repository: it was read, and is wrong.
	verdictPatience = 10 * time.Second
	// awaitMargin is added to the time that the user gives Flux, which has to fetch the repository before its own
	// clock starts.
	awaitMargin = time.Minute
)

// awaitSync waits until Flux has applied the sync as it is now, and records what it has applied. An error is Flux's
// own message. Again is true if the objects were there before. What others have applied until now is waited for in any
// case: until it is taken over, it would go with them.
func awaitSync(ctx context.Context, state *GitOpsTeardownState, again bool) error {
	state.SyncRevision, state.Synced = "", false
	takesOver := len(state.Leaving) > 0
	if state.SyncName == nil || (state.WaitForReady == nil || !*state.WaitForReady) && !takesOver {
		state.Synced = true
		return nil
	}
	timeout, err := time.ParseDuration(stringOr(state.SyncTimeout, defaultSyncTimeout))
	if err != nil {
		return fmt.Errorf("reading the timeout of the sync: %w", err)
	}
	cluster, err := kube.Connect(state.Kubeconfig)
	if err != nil {
		return err
	}
	look := syncWatch{
		cluster: cluster, kind: stringOr(state.SyncKind, string(SyncKindGitRepository)),
		source: *state.SyncName, names: state.kustomizations(),
		now: time.Now, again: again, takesOver: takesOver, asked: map[string]string{},
	}
	// Each may have to wait for the one before.
	timeout *= time.Duration(len(look.names))
	if err := kube.Wait(ctx, timeout+awaitMargin, progress(ctx), look.check); err != nil {
		return fmt.Errorf("the sync %s/%s is not ready: %w", manifests.Namespace, look.source, err)
	}
	state.SyncRevision = look.revision
	state.Synced = true
	return nil
}

// syncWatch looks at a source and its Kustomizations.
type syncWatch struct {
	cluster client.Client
	// kind and source are those of the source, names those of the Kustomizations.
	kind, source string
	names        []string
	now          func() time.Time
	// patience is how long a failure must last at least, whatever it is.
	patience time.Duration
	// again has Flux look once more at what it has looked at already. What it says may have come before a change that
	// changes nothing about its objects, such as another password in a Secret; left alone, it would look again when its
	// interval is over, or later if it has failed often.
	again bool
	// takesOver is set if what Flux is just doing does not count either: others have applied the same until now.
	takesOver bool
	// asked is the token with which Flux was asked to look again, by the object; empty where it was not.
	asked map[string]string

	// revision is what was applied, once it is.
	revision string
	// failure is the last failure seen and since when it has lasted.
	failure string
	since   time.Time
}

// check says what the sync still waits for, and fails with Flux's own words when it will not get there by itself.
func (w *syncWatch) check(ctx context.Context) (string, error) {
	source, err := kube.Get(ctx, w.cluster, sourceAPIVersion, w.kind, manifests.Namespace, w.source)
	if err != nil {
		return retrying("looking at "+w.kind+" "+w.source, err)
	}
	if waitingFor, err := w.askAgain(ctx, source); waitingFor != "" || err != nil {
		return waitingFor, err
	}
	fetched := conditionOf(source, "Ready")
	var asked []string
	var seen []verdict
	for _, name := range w.names {
		kustomization, err := kube.Get(ctx, w.cluster, kustomizeAPIVersion, kindKustomization, manifests.Namespace, name)
		if err != nil {
			return retrying("looking at Kustomization "+name, err)
		}
		// Otherwise it has nothing new to look at yet.
		if fetched.Status == conditionTrue && fetched.Current {
			waitingFor, err := w.askAgain(ctx, kustomization)
			if err != nil {
				return "", err
			}
			if waitingFor != "" {
				asked = append(asked, waitingFor)
				continue
			}
		}
		seen = append(seen, judge(source, kustomization))
	}
	if len(asked) > 0 {
		return strings.Join(asked, ", "), nil
	}
	return w.weigh(together(seen))
}

// requestAnnotation has Flux look at an object at once. It says in the object's status which request it has answered.
const requestAnnotation = "reconcile.fluxcd.io/requestedAt"

// forceAnnotation makes of such a request, if it has the same value, that a Helm release is upgraded in any case.
const forceAnnotation = "reconcile.fluxcd.io/forceAt"

// askAgain has Flux look again at an object that it has a verdict on already, once, and says that it has not yet.
func (w *syncWatch) askAgain(ctx context.Context, object *unstructured.Unstructured) (string, error) {
	key := object.GetKind() + " " + object.GetName()
	waitingFor := fmt.Sprintf("Flux to look at %s again", key)
	token, decided := w.asked[key]
	if !decided {
		ready := conditionOf(object, "Ready")
		busy := !ready.Current || ready.Status != conditionTrue && ready.Status != conditionFalse
		if !w.again || busy && !w.takesOver {
			w.asked[key] = ""
			return "", nil
		}
		token = w.now().Format(time.RFC3339Nano)
		before := object.DeepCopy()
		annotations := object.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[requestAnnotation] = token
		object.SetAnnotations(annotations)
		if err := w.cluster.Patch(ctx, object, client.MergeFrom(before)); err != nil {
			return retrying("asking for "+waitingFor, err)
		}
		w.asked[key] = token
		return waitingFor, nil
	}
	handled, _, _ := unstructured.NestedString(object.Object, "status", "lastHandledReconcileAt")
	if token == "" || handled == token {
		return "", nil
	}
	return waitingFor, nil
}

// weigh gives a failure the time that it may take to pass.
func (w *syncWatch) weigh(seen verdict) (string, error) {
	if seen.ready {
		w.revision = seen.revision
		return "", nil
	}
	if seen.failure == "" {
		w.failure = ""
		return seen.waitingFor, nil
	}
	if seen.failure != w.failure {
		w.failure, w.since = seen.failure, w.now()
	}
	if w.now().Sub(w.since) >= max(seen.patience, w.patience) {
		return "", errors.New(seen.failure)
	}
	return "Flux to get over " + seen.failure, nil
}

// verdict is what the state of a sync amounts to.
type verdict struct {
	ready      bool
	revision   string
	waitingFor string
	// failure is Flux's message if it has failed, and patience how long that must last to be believed.
	failure  string
	patience time.Duration
}

// judge reads the state of a source and its Kustomization. A condition counts only if it speaks of the object as it is
// now, and the Kustomization only once it speaks of what the source has now.
func judge(source, kustomization *unstructured.Unstructured) verdict {
	fetched := conditionOf(source, "Ready")
	kind := source.GetKind() + " " + source.GetName()
	switch {
	case fetched.Status == conditionFalse && fetched.Current:
		return failed(source, kind, fetched, failurePatience)
	case fetched.Status != conditionTrue || !fetched.Current:
		return verdict{waitingFor: kind + " to be fetched" + detail(fetched)}
	}
	revision, _, _ := unstructured.NestedString(source.Object, "status", "artifact", "revision")
	applied := conditionOf(kustomization, "Ready")
	kind = "Kustomization " + kustomization.GetName()
	lastApplied, _, _ := unstructured.NestedString(kustomization.Object, "status", "lastAppliedRevision")
	switch {
	case applied.Status == conditionTrue && applied.Current && lastApplied == revision && revision != "":
		return verdict{ready: true, revision: revision}
	// This one is out of date: the source is there now, and Flux has not looked again yet.
	case applied.Status == conditionFalse && strings.HasPrefix(applied.Message, "Source artifact not found"):
	// What it waits for is looked at too.
	case applied.Status == conditionFalse && applied.Reason == "DependencyNotReady":
	case applied.Status == conditionFalse && applied.Current:
		return failed(kustomization, kind, applied, verdictPatience)
	}
	return verdict{waitingFor: kind + " to be applied" + detail(applied)}
}

// together is what the verdicts on several Kustomizations of one source amount to: the first failure counts for all.
func together(verdicts []verdict) verdict {
	all := verdict{ready: true}
	var waitingFor []string
	for _, one := range verdicts {
		switch {
		case one.failure != "":
			return one
		case one.ready:
			all.revision = one.revision
		// While the source is not there yet, all say the same.
		case !slices.Contains(waitingFor, one.waitingFor):
			waitingFor = append(waitingFor, one.waitingFor)
		}
	}
	if len(waitingFor) > 0 {
		return verdict{waitingFor: strings.Join(waitingFor, ", ")}
	}
	return all
}

func failed(object *unstructured.Unstructured, kind string, found condition, patience time.Duration) verdict {
	if conditionOf(object, "Stalled").Status == conditionTrue {
		// Flux says itself that it will not try again.
		patience = 0
	}
	return verdict{failure: fmt.Sprintf("%s: %s: %s", kind, found.Reason, found.Message), patience: patience}
}

func detail(found condition) string {
	if found.Message == "" {
		return ""
	}
	return " (" + found.Message + ")"
}
