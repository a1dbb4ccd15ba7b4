# Reads CTest's JUnit file and tells each failed test's own words: at most three of its failures, or else its last lines.
# A CI's log is read from its end; thousands of lines of a cluster's life stand between a failure and there.

function plain(line) {
    gsub(/&lt;/, "<", line)
    gsub(/&gt;/, ">", line)
    gsub(/&quot;/, "\"", line)
    gsub(/&amp;/, "\\&", line)
    return length(line) > 300 ? substr(line, 1, 300) " ..." : line
}

# A failure with what stands before it, e.g. the output of the command that failed, and what it says itself: up to what
# the test does next, its next command or one of GoogleTest's own lines.
function tell_failure(at,    i) {
    for (i = (at - 15 > told) ? at - 15 : told + 1; i <= at + 8 && i <= lines; i++) {
        if (i > at && output[i] ~ /^(\$ crib |\[ )/) return
        if (output[i] !~ /^(\[[ =-]|Running main|Note: Google)/) print "    " plain(output[i])
        told = i
    }
}

function tell(    i) {
    printf "\nfailed: %s\n", name
    told = 0
    if (failures == 0) {
        for (i = (lines > 15) ? lines - 14 : 1; i <= lines; i++) print "    " plain(output[i])
        return
    }
    for (i = 1; i <= failures && i <= 3; i++) tell_failure(failure[i])
    if (failures > 3) printf "    ... and %d more failures of it above\n", failures - 3
}

/^[ \t]*<testcase / {
    name = $0
    sub(/.*<testcase name="/, "", name)
    sub(/" classname=.*/, "", name)
    name = plain(name)
    failed = /status="fail"/
    lines = failures = 0
    next
}
/^[ \t]*<\/testcase>/ {
    if (failed) tell()
    next
}
!failed { next }
/^[ \t]*<failure / || /^[ \t]*<properties\/>/ { next }
$0 == "</system-out>" { next }
{
    sub(/^[ \t]*<system-out>/, "")
    sub(/<\/system-out>$/, "")
    output[++lines] = $0
}
/: Failure$/ { failure[++failures] = lines }
