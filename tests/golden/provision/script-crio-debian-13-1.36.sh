#!/usr/bin/env bash
# Kubernetes on CRI-O by kubeadm, with flannel and an nginx pod
# Debian GNU/Linux 13 (trixie): cri-o 1.36.3, flannel 0.28.9, kubernetes 1.36.3; packages from upstream
# As root, in this order:
#   bash FILE control-plane
#   bash FILE worker   with the control plane's file crib-outputs here
#   bash FILE control-plane-2
# Each step is a shell of its own: nothing of one reaches another.
# shellcheck disable=SC2030,SC2031
set -euo pipefail

# What the control plane hands to the workers.
outputs=${CRIB_OUTPUTS:-$PWD/crib-outputs}
node_name=${NODE_NAME:-$(hostname)}
# shellcheck disable=SC2034 # not every version's configuration names it
node_ip=${NODE_IP:-$(hostname -I | cut -d ' ' -f 1)}

run_step() { # FUNCTION TITLE
    printf '\n== %s: %s\n' "$1" "$2"
    "$1"
}

require_outputs() {
    if [ -s "$outputs" ]; then return; fi
    echo "$outputs is missing: copy it from the control plane" >&2
    exit 1
}

kernel_modules() (
# Load the two kernel modules that containers and pod networks need, now and after each boot:
# overlay for CRI-O's image layers, br_netfilter so that bridged pod traffic meets iptables.
# "modprobe" alone, as many tutorials have it, is lost with the next boot.
SECONDS=0
cat >/etc/modules-load.d/99-kubernetes-cri.conf <<EOF
overlay
br_netfilter
EOF

modprobe overlay
modprobe br_netfilter

grep -E '^(overlay|br_netfilter) ' /proc/modules || echo "both modules are built into this kernel"
)

sysctls() (
# Let iptables see bridged traffic, and let the node forward packets between its pods and the others.
# kubeadm refuses to start without ip_forward; Services do not work without bridge-nf-call-iptables.
SECONDS=0
cat >/etc/sysctl.d/99-kubernetes-cri.conf <<EOF
net.bridge.bridge-nf-call-iptables  = 1
net.ipv4.ip_forward                 = 1
net.bridge.bridge-nf-call-ip6tables = 1
EOF

sysctl --system >/dev/null
sysctl net.bridge.bridge-nf-call-iptables net.ipv4.ip_forward net.bridge.bridge-nf-call-ip6tables
)

swap_off() (
# The kubelet refuses to run while swap is on. Switch it off now, and in /etc/fstab for the next boot.
SECONDS=0
swapoff -a
sed -i -E 's/^([^#]\S*\s+\S+\s+swap\s.*)$/# off for the kubelet: \1/' /etc/fstab

if [ -n "$(swapon --show --noheadings)" ]; then
    echo "swap is still on:" >&2
    swapon --show >&2
    exit 1
fi
echo "swap is off"
)

package_repository() (
# Tell apt where CRI-O comes from: its own repository, one a minor version, for every Debian and Ubuntu. The
# signing key is trusted for that repository alone (signed-by).
SECONDS=0
CRIO_REPOSITORY_URL=https://download.opensuse.org/repositories/isv:/cri-o:/stable:/v1.36/deb/
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y ca-certificates curl gnupg

install -d -m 0755 /etc/apt/keyrings
curl -fsSL "${CRIO_REPOSITORY_URL}Release.key" |
    gpg --batch --yes --dearmor -o /etc/apt/keyrings/cri-o-apt-keyring.gpg
echo "deb [signed-by=/etc/apt/keyrings/cri-o-apt-keyring.gpg] $CRIO_REPOSITORY_URL /" \
    >/etc/apt/sources.list.d/cri-o.list
apt-get update
)

kubernetes_repository() (
# Tell apt where Kubernetes comes from: the community's repository, one a minor version.
SECONDS=0
KUBERNETES_REPOSITORY_KEY_URL=https://pkgs.k8s.io/core:/stable:/v1.36/deb/Release.key
KUBERNETES_REPOSITORY_URL=https://pkgs.k8s.io/core:/stable:/v1.36/deb/
install -d -m 0755 /etc/apt/keyrings
curl -fsSL "$KUBERNETES_REPOSITORY_KEY_URL" |
    gpg --batch --yes --dearmor -o /etc/apt/keyrings/kubernetes-apt-keyring.gpg
echo "deb [signed-by=/etc/apt/keyrings/kubernetes-apt-keyring.gpg] $KUBERNETES_REPOSITORY_URL /" \
    >/etc/apt/sources.list.d/kubernetes.list
apt-get update
)

install_crio() (
# Install CRI-O. Its package holds all that it needs: crun, runc and conmon. crictl is a package of its own,
# from the repository of Kubernetes.
SECONDS=0
CRIO_VERSION=1.36.3
export DEBIAN_FRONTEND=noninteractive
apt-get install -y "cri-o=$CRIO_VERSION-*" cri-tools
apt-mark hold cri-o

crio --version
)

configure_crio() (
# Configure CRI-O by a drop-in file: the same pause image as kubeadm's, so that only one is needed. The package
# has set its own monitor and runtime; "conmon = ..." here would only break them. crictl is told where CRI-O
# listens.
SECONDS=0
CRI_SOCKET=unix:///var/run/crio/crio.sock
PAUSE_IMAGE=registry.k8s.io/pause:3.10.2
cat >/etc/crio/crio.conf.d/20-crib.conf <<END
[crio.image]
pause_image = "$PAUSE_IMAGE"
END

cat >/etc/crictl.yaml <<END
runtime-endpoint: $CRI_SOCKET
image-endpoint: $CRI_SOCKET
timeout: 60
END
)

crio_bridge_off() (
# Some CRI-O packages bring a bridge network of their own (10.85.0.0/16). While its file is there, nodes
# are Ready before flannel is, and pods get addresses that other nodes cannot reach. Move it out of the
# way before CRI-O's first start.
SECONDS=0
shopt -s nullglob
for file in /etc/cni/net.d/*crio-bridge.conf /etc/cni/net.d/*crio-bridge.conflist /etc/cni/net.d/*-loopback.conf; do
    mv -v "$file" "$file.disabled"
done
ls -A /etc/cni/net.d 2>/dev/null || echo "no network is configured yet: flannel will bring its own"
)

start_crio() (
# Start CRI-O, now and at each boot. (The unit is crio.service; the name cri-o.service is an alias that
# not all versions have. "enable" also does what "daemon-reload" does.)
SECONDS=0
systemctl enable crio.service
systemctl restart crio.service
systemctl is-active crio.service
)

runtime_ready() (
# Ask the container runtime through its socket whether it can run containers: RuntimeReady must be true.
# NetworkReady is still false, and must be: no pod network has been installed.
SECONDS=0
RUNTIME_SERVICE=crio.service
WAIT_SECONDS=108
conditions='{{range .status.conditions}}{{.type}}={{.status}} {{.reason}} {{.message}}{{"\n"}}{{end}}'
seen="nothing yet"
while true; do
    now=$(crictl info --output go-template --template "$conditions" 2>&1) || true
    if [ "$now" != "$seen" ]; then
        seen=$now
        echo "$seen"
    fi
    if grep -q '^RuntimeReady=true' <<<"$seen"; then break; fi
    if systemctl is-failed --quiet "$RUNTIME_SERVICE"; then
        echo "$RUNTIME_SERVICE has failed:" >&2
        journalctl --no-pager --unit "$RUNTIME_SERVICE" --lines 20 >&2
        exit 1
    fi
    if [ "$SECONDS" -ge "$WAIT_SECONDS" ]; then
        echo "the runtime is not RuntimeReady after $SECONDS s; last seen: $seen" >&2
        exit 1
    fi
    sleep 1
done
crictl version
)

install_kubernetes() (
# Install kubelet, kubeadm and kubectl, and hold them there: an upgrade of a cluster is a procedure, not a
# side effect of apt. kubeadm is of the control plane's version; a kubelet may be older (never newer).
SECONDS=0
KUBEADM_VERSION=1.36.3
KUBERNETES_VERSION=1.36.3
export DEBIAN_FRONTEND=noninteractive
apt-get install -y --no-install-recommends \
    "kubelet=$KUBERNETES_VERSION-*" "kubeadm=$KUBEADM_VERSION-*" "kubectl=$KUBERNETES_VERSION-*"
apt-mark hold kubelet kubeadm kubectl

kubeadm version --output short
)

kubelet_drop_in() (
# The kubelet must use the same cgroup driver as the container runtime: systemd. The setting is a KubeletConfiguration
# drop-in, which is today's place for the flags --cgroup-driver and --runtime-request-timeout. What is this
# node's alone, its labels and taints, are arguments: --node-labels, --register-with-taints.
SECONDS=0
KUBELET_ARGUMENTS=''
KUBELET_CONFIG=/run/crib/kubelet.conf
KUBELET_ENVIRONMENT_FILE=/etc/default/kubelet
RESTART_KUBELET_EARLY=yes
install -d "$(dirname /run/crib/kubelet.conf)"
cat >/run/crib/kubelet.conf <<'END_OF_FILE'
{
  "apiVersion": "kubelet.config.k8s.io/v1beta1",
  "kind": "KubeletConfiguration",
  "cgroupDriver": "systemd",
  "runtimeRequestTimeout": "5m0s"
}
END_OF_FILE
chmod 0644 /run/crib/kubelet.conf
install -d -m 0755 /etc/kubernetes/kubelet.conf.d
install -m 0644 "$KUBELET_CONFIG" /etc/kubernetes/kubelet.conf.d/20-crib.conf
cat >"$KUBELET_ENVIRONMENT_FILE" <<EOF
KUBELET_EXTRA_ARGS=--config-dir=/etc/kubernetes/kubelet.conf.d${KUBELET_ARGUMENTS:+ $KUBELET_ARGUMENTS}
EOF

# "enable" also does what "daemon-reload" does.
systemctl enable kubelet.service
# Until "kubeadm init" or "kubeadm join" has written its configuration, the kubelet ends and is started
# again every ten seconds. That is as it should be, but a slow host can do without.
if [ "$RESTART_KUBELET_EARLY" = yes ]; then
    systemctl restart kubelet.service
else
    systemctl stop kubelet.service
    echo "the kubelet is left stopped until kubeadm starts it"
fi
)

kubeadm_init() (
# Create the control plane. The configuration file says what the tutorial says by flags: the pod network
# (--pod-network-cidr), the runtime's socket (--cri-socket), and the exact version, so that nothing is looked up.
# The token that kubeadm would print is not shown: a later step makes a fresh one.
SECONDS=0
KUBEADM_CONFIG=/etc/kubernetes/kubeadm-config.yaml
install -d "$(dirname /etc/kubernetes/kubeadm-config.yaml)"
cat >/etc/kubernetes/kubeadm-config.yaml <<END_OF_FILE
{
  "apiVersion": "kubeadm.k8s.io/v1beta4",
  "kind": "InitConfiguration",
  "localAPIEndpoint": {
    "advertiseAddress": "$node_ip",
    "bindPort": 6443
  },
  "nodeRegistration": {
    "name": "$node_name",
    "criSocket": "unix:///var/run/crio/crio.sock"
  }
}
---
{
  "apiVersion": "kubeadm.k8s.io/v1beta4",
  "kind": "ClusterConfiguration",
  "kubernetesVersion": "v1.36.3",
  "networking": {
    "podSubnet": "10.244.0.0/16"
  }
}
END_OF_FILE
chmod 0600 /etc/kubernetes/kubeadm-config.yaml
cat "$KUBEADM_CONFIG"
kubeadm init --config "$KUBEADM_CONFIG" --skip-token-print &
init=$!
trap 'kill "$init" 2>/dev/null && wait "$init" || true' EXIT

# Where the runtime can start no container at all, kubeadm would wait to its limit and then say only that the API server
# does not answer. The kubelet knows more: it tries each of the four pods every ten seconds or so.
refused='(RunPodSandbox|CreateContainer in sandbox|StartContainer) from runtime service failed'
began=$(date +%s)
a_container_has_run() { [ -n "$(find /var/log/pods -name '*.log' -size +0 -print -quit 2>/dev/null)" ]; }

for ((look = 1; ; look++)); do
    sleep 2
    if ! kill -0 "$init" 2>/dev/null || a_container_has_run; then break; fi
    if ((look % 5 != 0)); then continue; fi # reading the journal takes a slow machine a while
    refusals=$(journalctl --unit kubelet --since "@$began" --output cat --no-pager | grep -E "$refused") || continue
    tries=$(wc -l <<<"$refusals")
    if ((tries >= 12)); then
        echo "no container can start on this node: the runtime has refused the kubelet $tries times, the last time with" >&2
        tail -n 1 <<<"$refusals" >&2
        exit 1
    fi
done
wait "$init"
)

kubeconfig() (
# Give kubectl the administrator's credentials, as "kubeadm init" tells people to.
SECONDS=0
install -d -m 0700 "$HOME/.kube"
install -m 0600 /etc/kubernetes/admin.conf "$HOME/.kube/config"
kubectl get nodes
)

flannel() (
# Install flannel, the pod network, by the manifest of a release: "master" is another one every day. The network
# in it (10.244.0.0/16) must be the one given to kubeadm.
SECONDS=0
FLANNEL_MANIFEST_URL=https://github.com/flannel-io/flannel/releases/download/v0.28.9/kube-flannel.yml
POD_NETWORK_CIDR=10.244.0.0/16
curl -fsSL -o /tmp/kube-flannel.yml "$FLANNEL_MANIFEST_URL"
grep "\"Network\": \"$POD_NETWORK_CIDR\"" /tmp/kube-flannel.yml
kubectl apply -f /tmp/kube-flannel.yml
)

join_token() (
# Make a fresh token for joining, and learn the hash of the cluster's CA, by which a new node knows that
# it talks to the right cluster. Both are handed to the next step and shown nowhere.
SECONDS=0
CRIB_OUTPUT=$outputs
umask 077
: >"$CRIB_OUTPUT"
# kubeadm join HOST:PORT --token TOKEN --discovery-token-ca-cert-hash HASH
command=$(kubeadm token create --ttl 1h --print-join-command)
read -r -a words <<<"$command"
if [ "${words[1]-}" != join ] || [ "${words[3]-}" != --token ] ||
    [ "${words[5]-}" != --discovery-token-ca-cert-hash ]; then
    echo "kubeadm printed a join command of another shape than expected (${#words[@]} words)" >&2
    exit 1
fi
{
    echo "JOIN_ENDPOINT=${words[2]}"
    echo "JOIN_TOKEN=${words[4]}"
    echo "JOIN_CA_HASH=${words[6]}"
} >>"$CRIB_OUTPUT"
echo "a token for ${words[2]} is ready; it is valid for one hour"
)

kubeadm_join() (
# Make this machine a node of the cluster.
SECONDS=0
CRI_SOCKET=unix:///var/run/crio/crio.sock
NODE_NAME="$node_name"
# shellcheck source=/dev/null
. "$outputs"
kubeadm join "$JOIN_ENDPOINT" \
    --token "$JOIN_TOKEN" \
    --discovery-token-ca-cert-hash "$JOIN_CA_HASH" \
    --cri-socket "$CRI_SOCKET" \
    --node-name "$NODE_NAME"
)

network_ready() (
# Wait until flannel has put its configuration on this node and the container runtime has taken it up: NetworkReady.
# The node's Ready condition follows within seconds.
SECONDS=0
WAIT_SECONDS=270
# A configuration comes first: looking for its file costs nothing, asking the runtime a second of an emulated CPU.
until compgen -G '/etc/cni/net.d/*.conflist' >/dev/null || [ "$SECONDS" -ge "$WAIT_SECONDS" ]; do sleep 1; done

conditions='{{range .status.conditions}}{{.type}}={{.status}} {{.reason}} {{.message}}{{"\n"}}{{end}}'
seen="nothing yet"
while true; do
    now=$(crictl info --output go-template --template "$conditions" 2>&1) || true
    if [ "$now" != "$seen" ]; then
        seen=$now
        echo "$seen"
    fi
    if grep -q '^NetworkReady=true' <<<"$seen"; then break; fi
    if [ "$SECONDS" -ge "$WAIT_SECONDS" ]; then
        echo "the runtime is not NetworkReady after $SECONDS s; last seen: $seen" >&2
        ls -l /etc/cni/net.d /run/flannel >&2 || true
        crictl pods >&2 || true
        exit 1
    fi
    sleep 2
done
ls /etc/cni/net.d
)

nginx() (
# Run something: one nginx pod. The image's name is complete and its tag is fixed, so that it means the
# same everywhere and the kubelet has no reason to ask a registry again.
SECONDS=0
NGINX_IMAGE=docker.io/library/nginx:1.27
WAIT_SECONDS=270
# An API server that etcd lets wait ends a request after 34 seconds, and kubectl with it.
seen="nothing yet"
until now=$(kubectl get --raw=/readyz 2>&1); do
    if [ "$now" != "$seen" ]; then
        seen=$now
        echo "the API server is not ready: $seen"
    fi
    if [ "$SECONDS" -ge "$WAIT_SECONDS" ]; then
        echo "the API server is not ready after $SECONDS s" >&2
        exit 1
    fi
    sleep 2
done

kubectl run nginx --image="$NGINX_IMAGE" --port=80

# A kubectl that waits costs nothing, one that starts a second or two of an emulated CPU.
seen="nothing yet"
until kubectl wait --for=condition=Ready pod/nginx --timeout=60s 2>/dev/null; do
    now=$(kubectl get pod nginx --no-headers -o wide 2>&1) || true
    if [ "$now" != "$seen" ]; then
        seen=$now
        echo "$seen"
    fi
    if [ "$SECONDS" -ge "$WAIT_SECONDS" ]; then
        echo "nginx is not Ready after $SECONDS s" >&2
        kubectl describe pod nginx >&2 || true
        exit 1
    fi
done
kubectl get pod nginx -o wide
)

nginx_service() (
# Give nginx a stable address of its own inside the cluster: a Service.
SECONDS=0
kubectl expose pod nginx --port=80
kubectl get service nginx -o wide
)

case ${1-} in
control-plane)
    run_step kernel_modules 'load overlay and br_netfilter'
    run_step sysctls 'let iptables see bridged traffic, forward packets'
    run_step swap_off 'switch swap off'
    run_step package_repository 'add CRI-O'\''s repository and its key'
    run_step kubernetes_repository 'add Kubernetes'\'' repository and its key'
    run_step install_crio 'install CRI-O and crictl'
    run_step configure_crio 'configure CRI-O: pause image'
    run_step crio_bridge_off 'move CRI-O'\''s own bridge network out of the way'
    run_step start_crio 'start CRI-O'
    run_step runtime_ready 'wait for crictl info: RuntimeReady'
    run_step install_kubernetes 'install kubelet, kubeadm and kubectl'
    run_step kubelet_drop_in 'systemd as the kubelet'\''s cgroup driver'
    run_step kubeadm_init 'kubeadm init'
    run_step kubeconfig 'give kubectl the administrator'\''s credentials'
    run_step flannel 'install flannel'
    run_step join_token 'make a token for joining'
    ;;
worker)
    require_outputs
    run_step kernel_modules 'load overlay and br_netfilter'
    run_step sysctls 'let iptables see bridged traffic, forward packets'
    run_step swap_off 'switch swap off'
    run_step package_repository 'add CRI-O'\''s repository and its key'
    run_step kubernetes_repository 'add Kubernetes'\'' repository and its key'
    run_step install_crio 'install CRI-O and crictl'
    run_step configure_crio 'configure CRI-O: pause image'
    run_step crio_bridge_off 'move CRI-O'\''s own bridge network out of the way'
    run_step start_crio 'start CRI-O'
    run_step runtime_ready 'wait for crictl info: RuntimeReady'
    run_step install_kubernetes 'install kubelet, kubeadm and kubectl'
    run_step kubelet_drop_in 'systemd as the kubelet'\''s cgroup driver'
    run_step kubeadm_join 'kubeadm join'
    run_step network_ready 'wait for crictl info: NetworkReady'
    ;;
control-plane-2)
    run_step network_ready 'wait for crictl info: NetworkReady'
    run_step nginx 'kubectl run nginx'
    run_step nginx_service 'kubectl expose pod nginx'
    ;;
*)
    echo "usage: bash $0 control-plane|worker|control-plane-2" >&2
    exit 2
    ;;
esac
