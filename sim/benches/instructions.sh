#!/bin/sh
# Instructions a customer of each kernel workload, counted by valgrind as the difference of two run
# lengths, so that start and end of the program cancel. Repeatable to a few per mille on any machine.
set -eu
cd "$(dirname "$0")/../.."
binary=$(cargo bench -p archsim-sim --bench kernel --no-run 2>&1 | sed -n 's/.*Executable.*(\(.*\)).*/\1/p')

count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" once "$1" "$2" 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

printf '%-8s %s\n' workload instructions
for workload in ${*:-W1 W2 W3 W3x H2 H3 H4 draw keyed record sharing}; do
    short=$(count "$workload" 20000)
    long=$(count "$workload" 60000)
    printf '%-8s %d\n' "$workload" $(((long - short) / 40000))
done
