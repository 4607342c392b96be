#include "runner/supervisor.h"

#include <sys/inotify.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>

#include "base/log.h"
#include "model/replica_folder.h"
#include "runner/connections.h"
#include "runner/text.h"

namespace mlengine::runner {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLimitLook{250};
constexpr milliseconds kFirstLineLook{20};  // where a spool cannot be watched
constexpr std::chrono::seconds kConnectionLook{2};
constexpr milliseconds kLong = std::chrono::hours(1);
constexpr milliseconds kKillLook{20};
constexpr std::chrono::seconds kKillPatience{30};
constexpr std::uint64_t kTracebackTail = 256U << 10;

std::string Quoted(const std::vector<std::string>& words) {
  std::string out = "[";
  for (const std::string& word : words) {
    if (out.size() > 1) out += ", ";
    out += "'" + word + "'";
  }
  return out + "]";
}

std::string Join(const std::vector<std::string>& words, char separator) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += separator;
    out += word;
  }
  return out;
}

std::string BaseName(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// How often the kernel has killed a process for want of memory since the machine was started; 0
// where it does not tell.
std::uint64_t KernelOomKills() {
  const std::string text = RealFileSystem().Read("/proc/vmstat").value_or("");
  const std::size_t at = text.find("\noom_kill ");
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + 10, nullptr, 10);
}

std::string OverMemory(std::int64_t limit) {
  return "The replica was killed: its processes together reached their limit of " +
         std::to_string(limit) + " bytes of memory.";
}

std::string Stopped() {
  return "It was stopped before its program was started.";
}

}  // namespace

Supervisor::Supervisor(FileSystem& files, const Clock& clock, const LaunchSpec& spec,
                       StatusFile& status, StopSource& stop, std::string runner_program)
    : files_(files),
      clock_(clock),
      spec_(spec),
      status_(status),
      stop_(stop),
      preparation_(files, spec, status, stop, std::move(runner_program)) {}

void Supervisor::Run() {
  Event event = Prepare();
  while (true) {
    const Transition transition = Next(state_, event);
    state_ = transition.next;
    const std::optional<Event> follows = Do(transition.action);
    if (state_ == State::kFinished) return;
    event = follows ? *follows : Await();
  }
}

Event Supervisor::Prepare() {
  Result<PythonEnvironment> made = preparation_.Run();
  if (stop_.Asked()) {
    status_.SetError(CancelledError(Stopped()));
    return Event::kStopAsked;
  }
  if (!made.ok()) {
    status_.SetError(made.status(), preparation_.evidence());
    return Event::kFailed;
  }
  python_ = *std::move(made);
  return Event::kPrepared;
}

std::optional<Event> Supervisor::Do(Action action) {
  switch (action) {
    case Action::kNothing:
      break;
    case Action::kTakeLease:
      return TakeLease();
    case Action::kStart:
      return Start();
    case Action::kRecordRunning:
      status_.record().set_step(StatusRecord::RUNNING);
      status_.record().set_user_pid(program_.pid());
      status_.EndPhase();
      status_.BeginPhase("first_line");
      if (const Status wrote = status_.Write(); !wrote.ok()) {
        Log(LogLevel::kError, "cannot write the status record", {{"status", wrote.ToString()}});
      }
      static_cast<void>(status_.KeepFolders());  // now, while the program is beginning
      break;
    case Action::kTerminate:
      Terminate();
      break;
    case Action::kKillAll:
      return AwaitNobody();
    case Action::kRecordNotStarted:
      RecordNotStarted();
      break;
    case Action::kRecordExit:
      RecordExit();
      break;
  }
  return std::nullopt;
}

Event Supervisor::TakeLease() {
  const std::string lease = JoinPath(spec_.replica_dir(), model::LeaseFile(spec_.restart()));
  const Status taken = files_.CreateExclusive(
      lease, std::string(model::kLeaseOfRunner) + " " + spec_.launch_token() + "\n");
  if (taken.code() == StatusCode::kAlreadyExists) {
    status_.SetError(CancelledError(Stopped()));
    return Event::kLeaseRefused;
  }
  if (!taken.ok()) {
    status_.SetError(Status(taken).WithContext("The lease of the replica cannot be taken"));
    return Event::kFailed;
  }
  status_.record().set_step(StatusRecord::LEASED);
  const Status wrote = status_.Write();
  if (wrote.ok()) return Event::kLeaseTaken;
  status_.SetError(Status(wrote).WithContext("The status record cannot be written"));
  return Event::kFailed;
}

std::vector<std::string> Supervisor::ProgramWords() const {
  std::vector<std::string> words = {python_.interpreter, "-m", spec_.python_module()};
  words.insert(words.end(), spec_.args().begin(), spec_.args().end());
  if (!spec_.job_dir().empty()) words.insert(words.end(), {"--job-dir", spec_.job_dir()});
  return words;
}

ProgramSpec Supervisor::MakeProgramSpec() const {
  const std::string& dir = spec_.replica_dir();
  std::map<std::string, std::string> variables(spec_.environment().begin(),
                                               spec_.environment().end());
  std::vector<std::string> path = python_.python_path;
  if (const auto given = variables.find("PYTHONPATH");
      given != variables.end() && !given->second.empty()) {
    path.push_back(given->second);
  }
  variables.erase("PYTHONPATH");
  if (!path.empty()) variables["PYTHONPATH"] = Join(path, ':');
  variables["TMPDIR"] = JoinPath(dir, model::kTmpFolder);
  variables["HOME"] = JoinPath(dir, model::kWorkFolder);
  variables[std::string(model::kTokenVariable)] = spec_.launch_token();
  variables[std::string(model::kMarkVariable)] =
      model::ReplicaMark(spec_.role(), spec_.index(), spec_.restart());
  variables.try_emplace("PATH", "/usr/local/bin:/usr/bin:/bin");
  return {.words = ProgramWords(),
          .environment = {variables.begin(), variables.end()},
          .folder = JoinPath(dir, model::kWorkFolder),
          .stdout_path = JoinPath(dir, model::StdoutSpool(spec_.restart())),
          .stderr_path = JoinPath(dir, model::StderrSpool(spec_.restart()))};
}

Event Supervisor::Start() {
  std::vector<std::string> words = ProgramWords();
  words[0] = BaseName(words[0]);
  status_.Note("INFO", "Running command: " + Join(words, ' '));
  status_.BeginPhase("exec");
  const ProgramSpec program = MakeProgramSpec();
  kernel_oom_kills_ = KernelOomKills();
  const Status started = program_.Start(program);
  if (!started.ok()) {
    status_.SetError(Status(started).WithContext("The program cannot be started with runtime " +
                                                 spec_.runtime().name()));
    return Event::kFailed;
  }
  LimitMemory();
  waits_for_first_line_ = true;
  spool_watch_.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  for (const std::string& spool : {program.stdout_path, program.stderr_path}) {
    if (::inotify_add_watch(spool_watch_.get(), spool.c_str(), IN_MODIFY | IN_ONESHOT) < 0) {
      spool_watch_.reset();
    }
  }
  return Event::kStarted;
}

// Its first moments are spent in the interpreter: what it allocates comes after.
void Supervisor::LimitMemory() {
  const std::int64_t limit = spec_.limits().memory_bytes();
  if (limit <= 0) return;
  Result<std::unique_ptr<MemoryGroup>> group = MemoryGroup::Make(spec_.launch_token(), limit, {});
  Status limited = group.ok() ? (*group)->Add(program_.pid()) : group.status();
  std::string how = "watched by the runner (" + limited.message() + ")";
  if (limited.ok()) {
    memory_group_ = *std::move(group);
    how = "kept by a cgroup of version " + std::to_string(memory_group_->version());
  }
  status_.Note("INFO", "Memory limit: " + std::to_string(limit) + " bytes, " + how + ".");
}

// Of a group the kernel kills one process at a time, of version 2 all.
bool Supervisor::KernelKilledForMemory() const {
  return memory_group_ != nullptr && memory_group_->OomKills() > 0;
}

void Supervisor::Terminate() {
  stop_requested_ = true;
  grace_over_ = steady_clock::now() + milliseconds(spec_.limits().stop_grace_ms());
  program_.Signal(SIGTERM);
}

Event Supervisor::Await() {
  while (true) {
    if (const std::optional<Event> event = Look()) return *event;
    milliseconds timeout = kLong;
    const auto until = [&](SteadyTime t) {
      timeout = std::min(timeout, std::chrono::ceil<milliseconds>(t - steady_clock::now()));
    };
    if (state_ == State::kStopping) until(grace_over_);
    if (spec_.limits().memory_bytes() > 0 || spec_.limits().output_bytes() > 0) {
      until(next_limit_look_);
    }
    if (LooksForConnections()) until(next_connection_look_);
    if (waits_for_first_line_ && !spool_watch_.ok()) timeout = std::min(timeout, kFirstLineLook);
    stop_.Wait(timeout, waits_for_first_line_ ? spool_watch_.get() : -1);
  }
}

// What has happened to the program, if anything.
std::optional<Event> Supervisor::Look() {
  if (waits_for_first_line_) LookForFirstLine();
  if (LooksForConnections() && steady_clock::now() >= next_connection_look_) LookForConnections();
  end_ = program_.End();
  if (end_) return Event::kEnded;
  if (PassedLimit()) return Event::kLimitPassed;
  if (state_ == State::kRunning && stop_.Asked()) return Event::kStopAsked;
  if (state_ == State::kStopping && steady_clock::now() >= grace_over_) return Event::kGraceOver;
  return std::nullopt;
}

void Supervisor::LookForFirstLine() {
  if (SpoolBytes(model::StdoutSpool(spec_.restart())) == 0 &&
      SpoolBytes(model::StderrSpool(spec_.restart())) == 0) {
    return;
  }
  waits_for_first_line_ = false;
  spool_watch_.reset();
  status_.EndPhase();
  if (const Status wrote = status_.Write(); !wrote.ok()) {
    Log(LogLevel::kError, "cannot write the status record", {{"status", wrote.ToString()}});
  }
}

bool Supervisor::LooksForConnections() const {
  return spec_.port() > 0 && !reached_;
}

// Whether the replicas of a job work together shows in who calls whom.
void Supervisor::LookForConnections() {
  next_connection_look_ = steady_clock::now() + kConnectionLook;
  reached_ = IsConnectedTo(spec_.port());
}

bool Supervisor::PassedLimit() {
  const std::int64_t memory_limit = spec_.limits().memory_bytes();
  const std::int64_t output_limit = spec_.limits().output_bytes();
  if (memory_limit <= 0 && output_limit <= 0) return false;
  if (steady_clock::now() < next_limit_look_) return false;
  next_limit_look_ = steady_clock::now() + kLimitLook;
  if (memory_limit > 0) {
    const std::int64_t used = program_.MemoryBytes(memory_limit);
    over_memory_ = used > memory_limit;
    if (KernelKilledForMemory()) {
      over_memory_ = true;
      kill_reason_ = OverMemory(memory_limit);
    } else if (over_memory_) {
      kill_reason_ = "The replica was killed: its processes used " + std::to_string(used) +
                     " bytes of memory together, its limit is " + std::to_string(memory_limit) +
                     " bytes.";
    }
  }
  const auto printed = static_cast<std::int64_t>(SpoolBytes(model::StdoutSpool(spec_.restart())) +
                                                 SpoolBytes(model::StderrSpool(spec_.restart())));
  if (output_limit > 0 && printed > output_limit) {
    kill_reason_ = "The replica was killed: it printed " + std::to_string(printed) +
                   " bytes, its limit is " + std::to_string(output_limit) + " bytes.";
  }
  return !kill_reason_.empty();
}

// Kills until none is left. A process that the kernel does not let go (a hung disk) is waited for
// only so long.
Event Supervisor::AwaitNobody() {
  const SteadyTime until = steady_clock::now() + kKillPatience;
  while (!program_.KillAll()) {
    if (steady_clock::now() >= until) {
      status_.Note("WARNING", "Some processes of the replica do not end though they were killed.");
      break;
    }
    stop_.Wait(kKillLook);
  }
  end_ = program_.End();
  return Event::kAllGone;
}

std::uint64_t Supervisor::SpoolBytes(const std::string& name) const {
  const Result<FileStat> stat = files_.Stat(JoinPath(spec_.replica_dir(), name));
  return stat.ok() ? stat->size : 0;
}

void Supervisor::RecordNotStarted() {
  AwaitNobody();  // what a helper left behind
  if (status_.record().error().code() != static_cast<int>(StatusCode::kCancelled)) {
    status_.Note("ERROR", status_.record().error().message());
  }
  static_cast<void>(status_.WriteFinal());
}

void Supervisor::NoteEnd(const ProcessEnd& end) {
  if (!kill_reason_.empty()) status_.Note("ERROR", kill_reason_);
  if (!end.ok() && !stop_requested_) {
    std::vector<std::string> words = ProgramWords();
    words[0] = BaseName(words[0]);
    const char* signal = end.signal == 0 ? nullptr : ::sigabbrev_np(end.signal);
    status_.Note("ERROR",
                 "Command '" + Quoted(words) +
                     (signal != nullptr
                          ? "' died with <Signals.SIG" + std::string(signal) + ": " +
                                std::to_string(end.signal) + ">."
                          : "' returned non-zero exit status " + std::to_string(end.exit_code)));
  }
  status_.Note("INFO", "Module completed; cleaning up.");
  status_.Note("INFO", "Clean up finished.");
  if (end.ok()) status_.Note("INFO", "Task completed successfully.");
}

// The record says how long the spools are, so they are on the disk before it.
void Supervisor::SyncSpools() {
  for (const std::string& name :
       {model::StdoutSpool(spec_.restart()), model::StderrSpool(spec_.restart())}) {
    if (SpoolBytes(name) == 0) continue;
    const auto spool = files_.OpenAppend(JoinPath(spec_.replica_dir(), name));
    const Status synced = spool.ok() ? (*spool)->Sync() : spool.status();
    if (!synced.ok()) Log(LogLevel::kError, "cannot sync a spool", {{"status", synced.ToString()}});
  }
}

void Supervisor::RecordExit() {
  if (waits_for_first_line_) LookForFirstLine();
  const ProcessEnd end = end_.value_or(ProcessEnd{.exit_code = 0, .signal = SIGKILL});
  const std::uint64_t stderr_bytes = SpoolBytes(model::StderrSpool(spec_.restart()));
  if (!end.ok() && !stop_requested_ && kill_reason_.empty()) {
    if (KernelKilledForMemory()) {
      over_memory_ = true;
      kill_reason_ = OverMemory(spec_.limits().memory_bytes());
    } else if (end.signal == SIGKILL && KernelOomKills() > kernel_oom_kills_) {
      // Not ours to know for sure, but a SIGKILL that nobody else is known to have sent.
      over_memory_ = true;
    }
  }
  v1::Exit* exit = status_.record().mutable_exit();
  SetTimestamp(exit->mutable_end_time(), clock_.Now());
  exit->set_exit_code(end.exit_code);
  exit->set_signal(end.signal);
  exit->set_oom_killed(over_memory_);
  exit->set_peak_memory_bytes(program_.peak_bytes());
  exit->set_cpu_ns(program_.cpu_ns());
  exit->set_stdout_bytes(
      static_cast<std::int64_t>(SpoolBytes(model::StdoutSpool(spec_.restart()))));
  exit->set_stderr_bytes(static_cast<std::int64_t>(stderr_bytes));
  exit->set_stop_requested(stop_requested_);
  exit->set_kill_reason(kill_reason_);
  if (LooksForConnections()) LookForConnections();
  exit->set_reached(reached_);
  if (!end.ok()) {
    const std::uint64_t from = stderr_bytes > kTracebackTail ? stderr_bytes - kTracebackTail : 0;
    const std::string tail =
        files_
            .ReadAt(JoinPath(spec_.replica_dir(), model::StderrSpool(spec_.restart())), from,
                    kTracebackTail)
            .value_or("");
    std::string traceback = LastTraceback(tail);
    if (traceback.empty()) traceback = InterpreterComplaint(tail, python_.interpreter);
    exit->set_traceback(traceback);
  }
  NoteEnd(end);
  SyncSpools();
  status_.record().set_step(StatusRecord::EXITED);
  static_cast<void>(status_.WriteFinal());
}

}  // namespace mlengine::runner
