package backstage

import (
	"strings"
	"testing"
)

func TestPublishNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		check            func(string) error
		accepted, denied []string
	}{
		{
			check:    checkBucket,
			accepted: []string{"abc", "a.b-1", "platform-catalog", strings.Repeat("a", 63)},
			denied: []string{
				"", "ab", strings.Repeat("a", 64), "Catalog", "a_b", "a..b", "-ab", "ab-", "10.0.0.1", "arn:aws:s3:::catalog",
				"s3://catalog", "abc\n",
			},
		},
		{
			check:    checkObjectKey,
			accepted: []string{"prod.yaml", "backstage/payments/prod.yaml", "A_b-1/.x", strings.Repeat("k", 1024)},
			denied: []string{
				"", "/a", "a/", "a//b", "a/../b", "./a", "a b", "a#b", "a+b", "a%20b", "ä", "a\n", strings.Repeat("k", 1025),
			},
		},
	} {
		for _, text := range test.accepted {
			if err := test.check(text); err != nil {
				t.Errorf("%.80q is refused: %v", text, err)
			}
		}
		for _, text := range test.denied {
			if test.check(text) == nil {
				t.Errorf("%.80q is accepted", text)
			}
		}
	}
}

func TestObjectKey(t *testing.T) {
	t.Parallel()
	if got := (BackstagePublishSpec{}).key("payments", "prod", "pay"); got != "backstage/payments/prod/pay.yaml" {
		t.Errorf("the default key: got %q", got)
	}
	given := BackstagePublishSpec{Key: new("mine.yaml")}
	if got := given.key("payments", "prod", "pay"); got != "mine.yaml" {
		t.Errorf("a key that is given: got %q", got)
	}
}
