package aws

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// maximumTags is the limit of user tags on any one resource.
const maximumTags = 50

// tagRules are a service's codes for what all services refuse alike.
type tagRules struct {
	tooMany, badKey, tooLong string
	// caseless says that two keys that differ in case only are the same key to the service.
	caseless bool
}

var (
	ec2Tags = &tagRules{tooMany: "TagLimitExceeded", badKey: "InvalidTagKey.Malformed", tooLong: "InvalidParameterValue"}
	eksTags = &tagRules{
		tooMany: "InvalidParameterException", badKey: "InvalidParameterException", tooLong: "InvalidParameterException",
	}
	iamTags  = &tagRules{tooMany: "LimitExceeded", badKey: "InvalidInput", tooLong: "ValidationError", caseless: true}
	kmsTags  = &tagRules{tooMany: "TagException", badKey: "TagException", tooLong: "TagException"}
	s3Tags   = &tagRules{tooMany: "BadRequest", badKey: "InvalidTag", tooLong: "InvalidTag"}
	logsTags = &tagRules{
		tooMany: "TooManyTagsException", badKey: "InvalidParameterException", tooLong: "InvalidParameterException",
	}
)

// allTags are a resource's own tags over the provider's default ones.
func (t *tx) allTags(k *kind, inputs props) map[string]string {
	if k.tags == nil {
		return nil
	}
	all := map[string]string{}
	maps.Copy(all, t.defaultTags)
	maps.Copy(all, inputs.stringMap("tags"))
	return all
}

func (t *tx) checkTags(k *kind, tags map[string]string) error {
	if k.tags == nil {
		return nil
	}
	if len(tags) > maximumTags {
		return t.fail(k.tags.tooMany, "The resource has %d tags; at most %d are allowed.", len(tags), maximumTags)
	}
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		if name == "" || strings.HasPrefix(strings.ToLower(name), "aws:") {
			return t.fail(k.tags.badKey,
				"Tag keys starting with 'aws:' are reserved for internal use and empty keys are not allowed: %q.", name)
		}
		if utf8.RuneCountInString(name) > 128 {
			return t.fail(k.tags.tooLong, "Tag key exceeds the maximum length of 128 characters: %q.", name)
		}
		if utf8.RuneCountInString(tags[name]) > 256 {
			return t.fail(k.tags.tooLong, "The value of tag %q exceeds the maximum length of 256 characters.", name)
		}
		if other, taken := seen[strings.ToLower(name)]; taken && k.tags.caseless {
			return t.fail("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive: %q, %q.",
				other, name)
		}
		seen[strings.ToLower(name)] = name
	}
	return nil
}
