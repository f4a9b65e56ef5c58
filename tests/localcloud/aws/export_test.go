package aws

import "slices"

// AppendTo adds to the state file what a daemon would have written.
var AppendTo = appendTo

// Written is a record of the home region, or of none, as the state file has it.
func (c *Cloud) Written(recordKey string) []byte {
	c.store.mutex.Lock()
	defer c.store.mutex.Unlock()
	return c.store.written[place{key: recordKey}]
}

// Unwritten are the keys of the records that are not in the state file as they are in the account, up to ten: somebody
// has changed them without having been handed them by the change that did.
func (c *Cloud) Unwritten() ([]string, error) {
	c.store.mutex.Lock()
	defer c.store.mutex.Unlock()
	file, err := openStore(c.store.path)
	if err != nil {
		return nil, err
	}
	var found []string
	compare := func(p place) {
		if !equal(c.store.account.at(p), file.account.at(p)) {
			found = append(found, p.region+" "+p.key)
		}
	}
	for _, a := range []*account{&c.store.account, &file.account} {
		for key := range a.Records {
			compare(place{key: key})
		}
		for region, records := range a.Elsewhere {
			for key := range records {
				compare(place{region, key})
			}
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	return found[:min(len(found), 10)], nil
}
