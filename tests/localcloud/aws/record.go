package aws

import (
	"cmp"
	"slices"
	"strings"
)

// record is one thing in the account: something a program made, or something AWS made for it.
type record struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	// Inputs are the properties as a program gave them, defaults included.
	Inputs props `json:"inputs,omitempty"`
	// Computed are the properties that AWS adds. They win over inputs of the same name.
	Computed props `json:"computed,omitempty"`
	// Facts is what only the control plane knows.
	Facts props `json:"facts,omitempty"`
	// Status is the state of things that have a state machine.
	Status string `json:"status,omitempty"`
	// Owner is the key of the record that AWS made this one for. It goes when its owner goes.
	Owner string `json:"owner,omitempty"`
}

func key(token, id string) string { return token + "|" + id }

func (r *record) key() string { return key(r.Type, r.ID) }

func (r *record) properties() props { return merge(r.Inputs, r.Computed) }

// str is a text of the properties. It does not put them together first, because rules ask every record of a type.
func (r *record) str(path string) string {
	if r.Computed.has(path) {
		return r.Computed.str(path)
	}
	return r.Inputs.str(path)
}

func (r *record) strings(path string) []string {
	if r.Computed.has(path) {
		return r.Computed.strings(path)
	}
	return r.Inputs.strings(path)
}

// set changes a computed property.
func (r *record) set(name string, value any) {
	if r.Computed == nil {
		r.Computed = props{}
	}
	r.Computed[name] = value
}

func (r *record) fact(name string, value any) {
	if r.Facts == nil {
		r.Facts = props{}
	}
	r.Facts[name] = value
}

// tx is one look at, or change of, the account. It is only used while the account's lock is held. Records are reached
// through it alone, which is how the store knows what may have changed.
type tx struct {
	cloud   *Cloud
	account *account
	// region is the one that is looked at, empty for the home region.
	region      string
	caller      Credential
	defaultTags map[string]string
	// service and call say which of AWS's calls is under way, for its errors.
	service, call string
}

// tx opens the account in the Cloud's region.
func (c *Cloud) tx(a *account) *tx {
	t := &tx{cloud: c, account: a}
	if c.options.Region != c.home {
		t.region = c.options.Region
	}
	return t
}

// calling says which of AWS's calls is under way.
func (t *tx) calling(service, call string) *tx {
	t.service, t.call = service, call
	return t
}

// isGlobal says that a type belongs to a service without regions.
func isGlobal(token string) bool { return strings.HasPrefix(token, "aws:iam/") }

// place is where a record of a type is kept.
func (t *tx) place(token, recordKey string) place {
	if isGlobal(token) {
		return place{key: recordKey}
	}
	return place{region: t.region, key: recordKey}
}

// hand gives what is in a place to somebody, who may change it.
func (t *tx) hand(p place) *record {
	t.account.touch(p)
	return t.account.at(p)
}

func (t *tx) lookup(token, id string) *record { return t.hand(t.place(token, key(token, id))) }

// at finds a record by its key.
func (t *tx) at(recordKey string) *record {
	token, _, _ := strings.Cut(recordKey, "|")
	return t.hand(t.place(token, recordKey))
}

func (t *tx) put(r *record) {
	p := t.place(r.Type, r.key())
	t.account.touch(p)
	t.account.records(p.region)[p.key] = r
}

// drop removes a record with all that AWS made for it, and with the tags that others put on it.
func (t *tx) drop(r *record) {
	p := t.place(r.Type, r.key())
	t.account.touch(p)
	delete(t.account.records(p.region), p.key)
	for _, owned := range t.where(func(o *record) bool {
		return o.Owner == r.key() || o.Type == typeTag && o.str("resourceId") == r.ID
	}) {
		t.drop(owned)
	}
}

// where lists the records that match, in a stable order.
func (t *tx) where(matches func(*record) bool) []*record {
	var found []*record
	list := func(records map[string]*record, global bool) {
		for recordKey, r := range records {
			if isGlobal(r.Type) == global && matches(r) {
				t.account.touch(t.place(r.Type, recordKey))
				found = append(found, r)
			}
		}
	}
	list(t.account.records(t.region), false)
	list(t.account.Records, true)
	slices.SortFunc(found, func(a, b *record) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
	})
	return found
}

// of lists the records of a type whose properties have the given value.
func (t *tx) of(token, property, value string) []*record {
	return t.where(func(r *record) bool { return r.Type == token && r.str(property) == value })
}

func (t *tx) all(token string) []*record {
	return t.where(func(r *record) bool { return r.Type == token })
}
