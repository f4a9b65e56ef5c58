package aws_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

// token asks the real AWS CLI for a token, as every kubeconfig of an EKS cluster does.
func (w *world) token(key aws.Credential, cluster string) string {
	w.t.Helper()
	return w.tokenFor(key, region, cluster)
}

// tokenFor asks for the token of a cluster in a region.
func (w *world) tokenFor(key aws.Credential, region, cluster string) string {
	w.t.Helper()
	command := exec.CommandContext(w.t.Context(), "aws", "--region", region, "eks", "get-token", "--cluster-name", cluster)
	// The developer's own AWS settings have no say.
	command.Env = slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, "AWS_") })
	command.Env = append(command.Env, "AWS_ACCESS_KEY_ID="+key.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+key.SecretAccessKey,
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull)
	output, err := command.Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			w.t.Fatalf("aws eks get-token: %v: %s", err, failed.Stderr)
		}
		w.t.Fatalf("the AWS CLI is needed on PATH: %v", err)
	}
	var credential struct {
		Status struct {
			Token string `json:"token"`
		} `json:"status"`
	}
	if err := json.Unmarshal(output, &credential); err != nil {
		w.t.Fatalf("reading the answer of aws eks get-token: %v", err)
	}
	return credential.Status.Token
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(allSteps())
	key := w.cloud.Credentials()[0]
	w.create(accessType, "more", with(map[string]any{
		"clusterName": "demo", "principalArn": administrator,
		"policyArn":   "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
		"accessScope": map[string]any{"type": "namespace", "namespaces": []any{"apps", "web"}},
	})(s))
	if err := w.update(s.things["admin-entry"], map[string]any{
		"kubernetesGroups": []any{"platform"}, "userName": "admin",
	}); err != nil {
		t.Fatal(err)
	}
	token := w.token(key, "demo")
	got, err := w.cloud.Authenticate("demo", token)
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.cloud.Authenticate("demo", w.token(key, "demo"))
	if err != nil || again.UID != got.UID || got.UID == "" {
		t.Errorf("UID changed from %q to %q: %v", got.UID, again.UID, err)
	}
	want := aws.Identity{
		ARN: administrator, Username: "admin", UID: got.UID,
		Groups: []string{
			"platform", "eks-access-policy:AmazonEKSClusterAdminPolicy", "eks-access-policy:AmazonEKSViewPolicy:apps",
			"eks-access-policy:AmazonEKSViewPolicy:web",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := w.remove(s.things["admin-entry"]); err != nil {
		t.Fatal(err)
	}
	_, err = w.cloud.Authenticate("demo", token)
	if want := administrator + " has no access entry in cluster demo"; message(err) != want {
		t.Errorf("after the entry has gone: got %v, want %s", err, want)
	}
}

// altered is a token with its URL changed.
func altered(t *testing.T, token string, change func(*url.URL, url.Values)) string {
	t.Helper()
	decoded, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(token, "k8s-aws-v1."))
	if err != nil {
		t.Fatal(err)
	}
	presigned, err := url.Parse(string(decoded))
	if err != nil {
		t.Fatal(err)
	}
	query := presigned.Query()
	change(presigned, query)
	presigned.RawQuery = query.Encode()
	return "k8s-aws-v1." + base64.RawURLEncoding.EncodeToString([]byte(presigned.String()))
}

func TestAuthenticateRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.build(append(withCluster(), clusterSteps()[len(clusterSteps())-2:]...))
	administratorKey, outsider := w.cloud.Credentials()[0], w.cloud.Credentials()[1]
	good := w.token(administratorKey, "demo")
	forged := administratorKey
	forged.SecretAccessKey = "wrong"
	stranger := administratorKey
	stranger.AccessKeyID = "AKIAAAAAAAAAAAAAAAAA"
	old := time.Now().Add(-16 * time.Minute).UTC()
	today := time.Now().UTC().Format("20060102")
	wrongSignature := "token's signature is wrong: the secret is not the access key's, or the token is for another cluster"
	for _, test := range []struct{ name, cluster, token, want string }{
		{"nothing", "demo", "", "token is missing the prefix \"k8s-aws-v1.\""},
		{"no base64", "demo", "k8s-aws-v1.!", "token is not base64"},
		{"another cluster", "other", good, wrongSignature},
		{"wrong secret", "demo", w.token(forged, "demo"), wrongSignature},
		{"unknown key", "demo", w.token(stranger, "demo"),
			"token is signed with an access key that is not of this account"},
		{"no entry", "demo", w.token(outsider, "demo"), outsider.PrincipalARN + " has no access entry in cluster demo"},
		{"no cluster", "none", w.token(administratorKey, "none"), "there is no cluster \"none\""},
		{
			"another host", "demo", altered(t, good, func(u *url.URL, _ url.Values) { u.Host = "sts.example.com" }),
			"token is not for https://sts.us-west-2.amazonaws.com/: its host is \"sts.example.com\"",
		},
		{
			"another action", "demo", altered(t, good, func(_ *url.URL, q url.Values) { q.Set("Action", "AssumeRole") }),
			"token is for the action \"AssumeRole\" instead of GetCallerIdentity",
		},
		{
			"another parameter", "demo", altered(t, good, func(_ *url.URL, q url.Values) { q.Set("RoleArn", "x") }),
			"token has the query parameter \"RoleArn\", or has it twice",
		},
		{
			"changed parameter", "demo", altered(t, good, func(_ *url.URL, q url.Values) { q.Set("X-Amz-Expires", "900") }),
			wrongSignature,
		},
		{
			"unsigned cluster", "demo", altered(t, good, func(_ *url.URL,
				q url.Values) {
				q.Set("X-Amz-SignedHeaders", "host")
			}),
			"token's signed headers are \"host\" instead of host and x-k8s-aws-id",
		},
		{
			"old", "demo", altered(t, good, func(_ *url.URL, q url.Values) {
				q.Set("X-Amz-Date",
					old.Format("20060102T150405Z"))
			}),
			"token was signed at " + old.Format(time.RFC3339) + " and is valid for 15m0s from then",
		},
		{
			"another region", "demo", altered(t, good, func(_ *url.URL, q url.Values) {
				q.Set("X-Amz-Credential", strings.Replace(q.Get("X-Amz-Credential"), region, "eu-west-1", 1))
			}),
			fmt.Sprintf("token's credential scope is not %s/us-west-2/sts/aws4_request", today),
		},
	} {
		_, err := w.cloud.Authenticate(test.cluster, test.token)
		if got := message(err); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
		if test.token != "" && err != nil && strings.Contains(err.Error(), strings.TrimPrefix(test.token, "k8s-aws-v1.")) &&
			len(test.token) > 20 {
			t.Errorf("%s: the error holds the token", test.name)
		}
	}
}

// The node role's entry lets nodes in as nodes, and its creator gets into a cluster that EKS has let them into.
func TestAuthenticateEntriesOfEKS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.build(changeStep(withCluster(), "cluster", map[string]any{
		"accessConfig": map[string]any{"bootstrapClusterCreatorAdminPermissions": true},
	}))
	got, err := w.cloud.Authenticate("demo", w.token(w.cloud.Credentials()[0], "demo"))
	want := aws.Identity{
		ARN: administrator, Username: administrator, UID: got.UID,
		Groups: []string{"eks-access-policy:AmazonEKSClusterAdminPolicy"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}
