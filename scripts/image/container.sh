#!/bin/sh
# Runs a program in an image's root as a container would: the root read-only, /tmp and the data
# directory in memory, process 1 of its own, not root, without rights.
#
#   container.sh ROOT UID WORKDIR DATA PROGRAM [ARGUMENT…]
#
# For tests; the environment is handed on. `inside` is this script in its new namespaces.
set -eu
if [ "$1" != inside ]; then
  exec unshare --mount --pid --fork --kill-child "$0" inside "$@"
fi
shift
root=$1 uid=$2 workdir=$3 data=$4
shift 4
mount --make-rprivate /
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t tmpfs -o mode=1777,size=64m tmpfs "$root/tmp"
mount -t tmpfs -o "mode=700,uid=$uid,gid=$uid" tmpfs "$root$data"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
# The directory is entered by the root's own shell, which the program then replaces.
exec setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid \
  chroot --userspec="$uid:$uid" "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$workdir" "$@"
