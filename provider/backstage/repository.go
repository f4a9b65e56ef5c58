package backstage

import (
	"net/url"
	"strings"
)

// repository is a Git repository as people see it.
type repository struct {
	// display is the address without credentials.
	display string
	// slug is owner/name on GitHub, otherwise empty.
	slug string
}

func newRepository(address string) repository {
	parsed, err := url.Parse(address)
	if err != nil {
		return repository{display: "its repository"}
	}
	parsed.User = nil
	r := repository{display: parsed.String()}
	slug := strings.TrimSuffix(strings.Trim(parsed.Path, "/"), ".git")
	if parsed.Hostname() == "github.com" && strings.Count(slug, "/") == 1 {
		r.slug = slug
	}
	return r
}

// browse returns where people read the synced folder; only GitHub's scheme is known.
func (r repository) browse(ref, path string) string {
	if r.slug == "" || ref == "" {
		return ""
	}
	place := "/" + r.slug + "/tree/" + ref + "/"
	if folder := strings.Trim(strings.TrimPrefix(path, "."), "/"); folder != "" {
		place += folder + "/"
	}
	// Branches and folders may hold what ends a path.
	return (&url.URL{Scheme: "https", Host: "github.com", Path: place}).String()
}
