#include "insight/cause_rule.h"

namespace mlengine::insight {
namespace {

using enum CauseKind;

constexpr CauseRule kRules[] = {
    {kHostUnknown, "socket.gaierror: {what}",
     "The name of a machine could not be resolved: {what}.",
     "Look at the name; in a cluster take addresses from TF_CONFIG."},
    {kHostUnknown, "Temporary failure in name resolution",
     "The name of a machine could not be "
     "resolved.",
     "Look at the name; in a cluster take addresses from TF_CONFIG."},
    {kHostUnknown, "Name or service not known", "The name of a machine could not be resolved.",
     "Look at the name; in a cluster take addresses from TF_CONFIG."},
    {kCollectiveFailed, "ncclRemoteError", "NCCL lost another rank.",
     "Look at the other replicas: one of them ended or hung before."},
    {kCollectiveFailed, "NCCL error{what}", "NCCL failed{what}.",
     "Run it with NCCL_DEBUG=INFO, and look at the other replicas."},
    {kCollectiveFailed, "Watchdog caught collective operation timeout{what}",
     "A collective operation waited too long for another rank.",
     "Look at the other replicas: one of them ended, hung or took another path."},
    {kCollectiveFailed, "Collective ops is aborted by: {what}",
     "A collective operation was aborted: {what}", "Look at the other replicas."},
    {kCollectiveFailed, "gloo/transport/{file}] {what}",
     "A collective operation lost another rank: {what}.",
     "Look at the other replicas: one of them ended before."},
    {kCollectiveFailed, "/job:{task} has been restarted",
     "Another task of the cluster was lost "
     "(/job:{task}).",
     "Look at that replica."},
    {kConnectionRefused, "failed to connect to all addresses; last error: {what}",
     "Another replica could not be reached: {what}.", "Look at whether it runs, and since when."},
    {kConnectionRefused, "DistNetworkError: The client socket has failed to connect to {what}",
     "The rendezvous could not be reached: {what}.", "Look at whether rank 0 runs."},
    {kConnectionRefused, "Connection refused", "A connection was refused: nobody listens there.",
     "Look at whether the other side runs, and at the address."},
    {kConnectionClosed, "DistNetworkError: {what}",
     "The connection to another rank was lost: {what}.",
     "Look at the other replicas: one of them ended before."},
    {kConnectionClosed, "Connection reset by peer", "The other side closed the connection.",
     "Look at the other side: it ended, or refused what it got."},
    {kConnectionClosed, "Connection closed by peer", "The other side closed the connection.",
     "Look at the other side: it ended, or refused what it got."},
    {kConnectionClosed, "Connection closed by remote peer", "The other side closed the connection.",
     "Look at the other side: it ended, or refused what it got."},
    {kConnectionClosed, "BrokenPipeError: {what}", "The other side closed the connection.",
     "Look at the other side: it ended, or refused what it got."},
    {kConnectionClosed, "Broken pipe", "The other side closed the connection.",
     "Look at the other side: it ended, or refused what it got."},
    {kConnectionClosed, "Socket closed", "The other side closed the connection.",
     "Look at the other side: it ended, or refused what it got."},
    {kConnectionClosed, "RemoteDisconnected: {what}", "The other side closed the connection.",
     "Look at the other side: it ended, or refused what it got."},
    {kConnectionClosed, "EOFError", "The other side closed the connection.",
     "Look at the other side: it ended, or refused what it got.", "multiprocessing/connection.py"},
    {kTimedOut, "DistStoreError: {what}", "The rendezvous of the ranks timed out: {what}.",
     "Look at whether all replicas started, and with the same number of ranks."},
    {kTimedOut, "DeadlineExceededError: {what}", "Another task did not answer in time: {what}.",
     "Look at the other replicas."},
    {kTimedOut, "TimeoutError: {what}", "It waited too long for an answer: {what}.",
     "Look at the other side, and at the timeout."},
    {kTimedOut, "socket.timeout: {what}", "It waited too long for an answer: {what}.",
     "Look at the other side, and at the timeout."},
    {kUnavailable, "UnavailableError: {what}",
     "Another task of the cluster is not to be reached: "
     "{what}.",
     "Look at the other replicas: one of them ended before."},
    {kUnavailable, "AbortedError: {what}", "An operation was aborted by another task: {what}.",
     "Look at the other replicas: one of them ended before."},
    {kConnectionClosed, "ConnectionError: {what}", "A connection failed: {what}.",
     "Look at the other side."},
};

}  // namespace

std::span<const CauseRule> NetworkRules() {
  return kRules;
}

}  // namespace mlengine::insight
