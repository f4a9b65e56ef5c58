package aws

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"
)

const (
	upperAlphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	lowerAlphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789"
)

// newID makes an EC2 identifier: a prefix and 17 hexadecimal digits.
func newID(prefix string) string { return prefix + "-" + randomHex(17) }

func randomHex(digits int) string {
	random := make([]byte, (digits+1)/2)
	_, _ = rand.Read(random) // never fails: crypto/rand ends the process instead
	return hex.EncodeToString(random)[:digits]
}

func randomFrom(alphabet string, length int) string {
	random := make([]byte, length)
	_, _ = rand.Read(random)
	for i := range random {
		random[i] = alphabet[int(random[i])%len(alphabet)]
	}
	return string(random)
}

func newUUID() string {
	digits := randomHex(32)
	return strings.Join([]string{digits[:8], digits[8:12], "4" + digits[13:16], "a" + digits[17:20], digits[20:]}, "-")
}

func timestamp() string { return time.Now().UTC().Format(time.RFC3339) }

// arn makes the name of something regional.
func (t *tx) arn(service, resource string) string {
	return "arn:aws:" + service + ":" + t.cloud.options.Region + ":" + t.cloud.options.AccountID + ":" + resource
}

// iamARN makes the name of something that IAM keeps, which has no region.
func (t *tx) iamARN(resource string) string {
	return "arn:aws:iam::" + t.cloud.options.AccountID + ":" + resource
}
