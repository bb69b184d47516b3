package time

import "syscall"

// clockAhead is added to the time of day of the whole program, in seconds. The monotonic clock stays as it is.
var clockAhead = func() int64 {
	text, _ := syscall.Getenv("CLOCK_AHEAD_SECONDS")
	seconds := int64(0)
	for _, digit := range []byte(text) {
		seconds = seconds*10 + int64(digit-'0')
	}
	return seconds
}()
