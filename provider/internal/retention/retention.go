// Package retention knows for how long CloudWatch Logs keeps what it is given.
package retention

import (
	"fmt"
	"strings"
)

// Days are the periods that CloudWatch Logs knows, in days.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
func Days() []int {
	return []int{
		1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
	}
}

// Spell lists periods for a message.
func Spell(days []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(days), "[]"), " ", ", ")
}
