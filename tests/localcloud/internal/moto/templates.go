package moto

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
)

// ownTags are the tags of a launch template itself, which moto repeats among those that its instances get. AWS does
// not, and the provider would take them for a change.
var ownTags = regexp.MustCompile(`(?s)<item>\s*<resourceType>launch-template</resourceType>.*?</tagSet>\s*</item>`)

// withoutOwnTags mends what EC2 answers about launch templates.
func withoutOwnTags(response *http.Response) error {
	if serviceOf(response.Request) != "ec2" {
		return nil
	}
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("reading moto's answer: %w", err)
	}
	if err := response.Body.Close(); err != nil {
		return fmt.Errorf("reading moto's answer: %w", err)
	}
	content = ownTags.ReplaceAll(content, nil)
	response.Body = io.NopCloser(bytes.NewReader(content))
	response.ContentLength = int64(len(content))
	response.Header.Set("Content-Length", strconv.Itoa(len(content)))
	return nil
}
