# Reads CTest's JUnit file and tells each failed test's own words: at most three of its failures, or else its last lines.
# A CI's log is read from its end; thousands of lines of a cluster's life stand between a failure and there.

function plain(line) {
    gsub(/&lt;/, "<", line)
    gsub(/&gt;/, ">", line)
    gsub(/&quot;/, "\"", line)
    gsub(/&amp;/, "\\&", line)
    return length(line) > 300 ? substr(line, 1, 300) " ..." : line
}

function tell(    i) {
    printf "\nfailed: %s\n", name
    if (failures == 0) {
        for (i = (lines > 15) ? lines - 14 : 1; i <= lines; i++) print "    " plain(output[i])
        return
    }
    for (i = 1; i <= shown; i++) print "    " plain(excerpt[i])
    if (failures > 3) printf "    ... and %d more failures of it above\n", failures - 3
}

/^[ \t]*<testcase / {
    name = $0
    sub(/.*<testcase name="/, "", name)
    sub(/" classname=.*/, "", name)
    name = plain(name)
    failed = /status="fail"/
    lines = shown = failures = rest = 0
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
/: Failure$/ {
    failures++
    rest = 8
}
# What the test does next does not belong to the failure: its next command, GoogleTest's own lines.
rest > 0 && /^(\$ crib |\[ )/ { rest = 0 }
rest > 0 && failures <= 3 {
    excerpt[++shown] = $0
    rest--
}
