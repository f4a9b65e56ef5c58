package backstage

import (
	"crypto/md5" //nolint:gosec // S3's ETag is this sum.
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

// serveBucket lets S3's own protocol read the bucket of the simulated account: as much of it as Backstage uses.
func serveBucket(t *testing.T, cloud fixture.Cloud) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		objects, err := cloud.Objects(r.Context())
		bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		switch {
		case err != nil:
			refuse(w, http.StatusInternalServerError, "InternalError")
		case bucket != aws.CatalogBucket:
			refuse(w, http.StatusNotFound, "NoSuchBucket")
		case r.URL.Query().Get("list-type") == "2":
			list(w, objects, r.URL.Query().Get("prefix"))
		default:
			content, found := objects[key]
			if !found {
				refuse(w, http.StatusNotFound, "NoSuchKey")
				return
			}
			w.Header().Set("ETag", fmt.Sprintf("%q", fmt.Sprintf("%x", md5.Sum([]byte(content))))) //nolint:gosec // as above.
			w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
			_, _ = w.Write([]byte(content))
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func list(w http.ResponseWriter, objects map[string]string, prefix string) {
	type entry struct {
		Key  string
		Size int
	}
	var listed struct {
		XMLName     xml.Name `xml:"ListBucketResult"`
		Name        string
		KeyCount    int
		IsTruncated bool
		Contents    []entry
	}
	listed.Name = aws.CatalogBucket
	for _, key := range slices.Sorted(maps.Keys(objects)) {
		if strings.HasPrefix(key, prefix) {
			listed.Contents = append(listed.Contents, entry{key, len(objects[key])})
		}
	}
	listed.KeyCount = len(listed.Contents)
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(listed)
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", code)
}
