package aws_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

func TestS3Rules(t *testing.T) {
	t.Parallel()
	putting := func(changes map[string]any) func(*stack) error {
		inputs := map[string]any{"bucket": aws.CatalogBucket, "key": "a.yaml", "content": "x"}
		change(inputs, changes)
		return creating(objectType, inputs)
	}
	refused := func(key, status, code string) string {
		return "creating S3 Object (" + key + "): operation error S3: PutObject, https response error StatusCode: " + status +
			", RequestID: ID, api error " + code
	}
	tags := map[string]any{}
	for i := range 11 {
		tags[fmt.Sprint(i)] = "x"
	}
	long := strings.Repeat("k", 1025)
	runRules(t, []rule{
		{name: "an object that is there already", before: []step{{"object", objectType, fixed(map[string]any{
			"bucket": aws.CatalogBucket, "key": "a.yaml", "content": "y",
		})}}, act: putting(nil)},
		{
			name: "no such bucket", act: putting(map[string]any{"bucket": "elsewhere"}),
			want: refused("a.yaml", "404", "NoSuchBucket: The specified bucket does not exist"),
		},
		{
			name: "a long key", act: putting(map[string]any{"key": long}),
			want: refused(long, "400", "KeyTooLongError: Your key is too long"),
		},
		{
			name: "eleven tags", act: putting(map[string]any{"tags": tags}),
			want: refused("a.yaml", "400", "BadRequest: Object tags cannot be greater than 10"),
		},
	})
}
