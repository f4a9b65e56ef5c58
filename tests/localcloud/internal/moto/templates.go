package moto

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
)

// ownTags are the tags of a launch template itself, which moto repeats among those that its instances get. AWS does
// not, and the provider would take them for a change.
var ownTags = regexp.MustCompile(`(?s)<item>\s*<resourceType>launch-template</resourceType>.*?</tagSet>\s*</item>`)

// described is a launch template in a list of them, up to its tags, which moto answers as they were at first.
var described = regexp.MustCompile(
	`(?s)(<launchTemplateId>(lt-[0-9a-f]+)</launchTemplateId>(?:[^<]|</?(?:launchTemplateName|create[A-Za-z]+|` +
		`(?:default|latest)VersionNumber)>)*)(?:<tagSet\s*/>|<tagSet>.*?</tagSet>)`)

// mendTemplates mends what EC2 answers about launch templates.
func (a *Account) mendTemplates(response *http.Response) error {
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
	if bytes.Contains(content, []byte("<DescribeLaunchTemplatesResponse")) {
		if content, err = a.in(regionOf(response.Request)).withTags(response.Request.Context(), content); err != nil {
			return err
		}
	}
	response.Body = io.NopCloser(bytes.NewReader(content))
	response.ContentLength = int64(len(content))
	response.Header.Set("Content-Length", strconv.Itoa(len(content)))
	return nil
}

// tag is a tag in an answer of EC2's.
type tag struct {
	Key   string `xml:"key"`
	Value string `xml:"value"`
}

// withTags puts the tags that launch templates have now into a list of them.
func (a *Account) withTags(ctx context.Context, content []byte) ([]byte, error) {
	var failed error
	mended := described.ReplaceAllFunc(content, func(found []byte) []byte {
		parts := described.FindSubmatch(found)
		var answer struct {
			Tags []tag `xml:"tagSet>item"`
		}
		parameters := url.Values{"Filter.1.Name": {"resource-id"}, "Filter.1.Value.1": {string(parts[2])}}
		if err := a.client().Query(ctx, "ec2", "DescribeTags", parameters, &answer); err != nil {
			failed = err
			return found
		}
		encoded, err := xml.Marshal(struct {
			XMLName xml.Name `xml:"tagSet"`
			Tags    []tag    `xml:"item"`
		}{Tags: answer.Tags})
		if err != nil {
			failed = fmt.Errorf("encoding tags: %w", err)
			return found
		}
		return append(bytes.Clone(parts[1]), encoded...)
	})
	return mended, failed
}
