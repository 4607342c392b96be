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
#include "runner/exit_evidence.h"
#include "runner/text.h"

namespace mlengine::runner {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstLineLook{20};  // where a spool cannot be watched
constexpr std::chrono::seconds kConnectionLook{2};
constexpr std::chrono::seconds kWriteAgain{1};
constexpr milliseconds kLong = std::chrono::hours(1);
constexpr milliseconds kKillLook{20};
constexpr std::chrono::seconds kKillPatience{30};
constexpr std::chrono::seconds kGpuPatience{2};
constexpr milliseconds kGpuLook{200};
constexpr std::uint64_t kTracebackTail = 256U << 10;
constexpr std::uint64_t kLittleRoom = 1U << 20;  // bytes; what ending a job writes is far less

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

// What Preparation was at when it failed.
v1::ExitReason::Code ReasonOfPhase(const StatusRecord& record) {
  const std::string phase = record.phases_size() == 0 ? "" : record.phases().rbegin()->name();
  if (phase == "gpus") return v1::ExitReason::GPU_FAILED;
  if (phase == "staging") return v1::ExitReason::STAGING_FAILED;
  if (phase == "environment") return v1::ExitReason::ENVIRONMENT_FAILED;
  return v1::ExitReason::START_FAILED;
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
      preparation_(files, spec, status, stop, std::move(runner_program)),
      limits_(spec.limits()),
      sampler_(files, clock, spec) {}

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
      WriteStatus();
      sampler_.Begin(program_, *group_);
      static_cast<void>(status_.KeepFolders());  // now, while the program is beginning
      break;
    case Action::kTerminate:
      Terminate();
      break;
    case Action::kKillAll:
      sampler_.End(program_, *group_);
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
  if (Status opened = OpenSpools(); !opened.ok()) {
    status_.SetError(std::move(opened).WithContext("The files of the program's output"));
    return Event::kFailed;
  }
  group_.emplace(spec_, ControlGroup::Places{}, status_.record());
  status_.record().set_step(StatusRecord::LEASED);
  const Status wrote = status_.Write();
  if (wrote.ok()) return Event::kLeaseTaken;
  status_.SetError(Status(wrote).WithContext("The status record cannot be written"));
  return Event::kFailed;
}

std::vector<std::string> Supervisor::ProgramWords() const {
  if (!spec_.program().empty()) return {spec_.program().begin(), spec_.program().end()};
  std::vector<std::string> words = {python_.interpreter, "-m", spec_.python_module()};
  words.insert(words.end(), spec_.args().begin(), spec_.args().end());
  if (!spec_.job_dir().empty()) words.insert(words.end(), {"--job-dir", spec_.job_dir()});
  return words;
}

// What TMPDIR names.
std::string Supervisor::TmpFolder() {
  std::string folder = JoinPath(spec_.replica_dir(), model::kTmpFolder);
  if (spec_.tmp_links_dir().empty()) return folder;
  Result<TmpLink> link = TmpLink::Make(spec_.tmp_links_dir(), folder);
  if (link.ok()) {
    tmp_link_ = *std::move(link);
    folder = tmp_link_.path();
  } else {
    Log(LogLevel::kWarning, "TMPDIR has no short name", {{"status", link.status().ToString()}});
  }
  if (folder.size() > TmpLink::kMostBytes) {
    status_.Note("WARNING", "TMPDIR has " + std::to_string(folder.size()) +
                                " bytes. The path of a Unix socket has at most 107, so what makes "
                                "one there, as Python's multiprocessing does, may fail; a shorter "
                                "--data-dir of the server helps.");
  }
  return folder;
}

ProgramSpec Supervisor::MakeProgramSpec() {
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
  variables["TMPDIR"] = TmpFolder();
  variables["HOME"] = JoinPath(dir, model::kWorkFolder);
  variables[std::string(model::kTokenVariable)] = spec_.launch_token();
  variables[std::string(model::kMarkVariable)] =
      model::ReplicaMark(spec_.role(), spec_.index(), spec_.restart());
  variables.try_emplace("PATH", "/usr/local/bin:/usr/bin:/bin");
  return {.words = ProgramWords(),
          .environment = {variables.begin(), variables.end()},
          .folder = JoinPath(dir, model::kWorkFolder),
          .stdout_fd = stdout_.fd(),
          .stderr_fd = stderr_.fd()};
}

Status Supervisor::OpenSpools() {
  const std::string& dir = spec_.replica_dir();
  MLENGINE_ASSIGN_OR_RETURN(stdout_,
                            Spool::Open(JoinPath(dir, model::StdoutSpool(spec_.restart()))));
  MLENGINE_ASSIGN_OR_RETURN(stderr_,
                            Spool::Open(JoinPath(dir, model::StderrSpool(spec_.restart()))));
  // Told before user code runs: what takes their names later is not to be read for them.
  status_.record().set_stdout_inode(stdout_.inode());
  status_.record().set_stderr_inode(stderr_.inode());
  return OkStatus();
}

Event Supervisor::Start() {
  std::vector<std::string> words = ProgramWords();
  words[0] = BaseName(words[0]);
  status_.Note("INFO", "Running command: " + Join(words, ' '));
  status_.BeginPhase("exec");
  kernel_oom_kills_ = KernelOomKills();
  const UniqueFd birthplace = group_->OpenForBirth();
  ProgramSpec program = MakeProgramSpec();
  program.born_in = birthplace.get();
  const Status started = program_.Start(program);
  if (!started.ok()) {
    status_.SetError(Status(started).WithContext("The program cannot be started with runtime " +
                                                 spec_.runtime().name()));
    return Event::kFailed;
  }
  group_->Hold(program_.pid());
  if (limits_.IsNeeded()) status_.Note("INFO", group_->Sentence());
  waits_for_first_line_ = true;
  spool_watch_.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  for (const Spool* spool : {&stdout_, &stderr_}) {
    if (::inotify_add_watch(spool_watch_.get(), spool->path().c_str(), IN_MODIFY | IN_ONESHOT) <
        0) {
      spool_watch_.reset();
    }
  }
  return Event::kStarted;
}

void Supervisor::Terminate() {
  stop_requested_ = true;
  grace_over_ = steady_clock::now() + milliseconds(spec_.limits().stop_grace_ms());
  program_.Signal(SIGTERM);
  program_.Signal(SIGCONT);  // one that is stopped hears it too
}

// As from outside, without a word: that is what the drill is about. Its end comes by itself.
void Supervisor::KillForDrill() {
  drilled_ = true;
  program_.Signal(SIGKILL);
}

Event Supervisor::Await() {
  while (true) {
    if (const std::optional<Event> event = Look()) return *event;
    milliseconds timeout = kLong;
    const auto until = [&](SteadyTime t) {
      timeout = std::min(timeout, std::chrono::ceil<milliseconds>(t - steady_clock::now()));
    };
    if (state_ == State::kStopping) until(grace_over_);
    if (limits_.IsNeeded()) until(limits_.next());
    if (state_ == State::kRunning) until(sampler_.next());
    if (owes_status_) until(next_write_);
    if (LooksForConnections()) until(next_connection_look_);
    if (waits_for_first_line_ && !spool_watch_.ok()) timeout = std::min(timeout, kFirstLineLook);
    stop_.Wait(timeout, waits_for_first_line_ ? spool_watch_.get() : -1);
  }
}

// What has happened to the program, if anything.
std::optional<Event> Supervisor::Look() {
  if (waits_for_first_line_) LookForFirstLine();
  if (LooksForConnections() && steady_clock::now() >= next_connection_look_) LookForConnections();
  if (owes_status_ && steady_clock::now() >= next_write_) WriteStatus();
  // Before the end is asked for: it takes the signals, and that of an end which comes later must
  // stay to wake the wait.
  const bool asked = stop_.Asked();
  end_ = program_.End();
  if (end_) return Event::kEnded;
  if (state_ == State::kRunning && !drilled_ && stop_.KillAsked()) KillForDrill();
  if (limits_.Look(program_, *group_, static_cast<std::int64_t>(stdout_.size() + stderr_.size())))
    return Event::kLimitPassed;
  if (state_ == State::kRunning && asked) return Event::kStopAsked;
  if (state_ == State::kStopping && steady_clock::now() >= grace_over_) return Event::kGraceOver;
  // Behind all else, and not while it is stopped: among hundreds of busy processes a look may take
  // its time.
  if (state_ == State::kRunning) sampler_.Look(program_, *group_);
  return std::nullopt;
}

void Supervisor::LookForFirstLine() {
  if (stdout_.size() == 0 && stderr_.size() == 0) return;
  waits_for_first_line_ = false;
  spool_watch_.reset();
  status_.EndPhase();
  WriteStatus();
}

void Supervisor::WriteStatus() {
  const Status wrote = status_.Write();
  if (!wrote.ok() && !owes_status_)
    Log(LogLevel::kError, "cannot write the status record", {{"status", wrote.ToString()}});
  owes_status_ = !wrote.ok();
  next_write_ = steady_clock::now() + kWriteAgain;
}

bool Supervisor::LooksForConnections() const {
  return spec_.port() > 0 && !reached_;
}

// Whether the replicas of a job work together shows in who calls whom.
void Supervisor::LookForConnections() {
  next_connection_look_ = steady_clock::now() + kConnectionLook;
  reached_ = IsConnectedTo(spec_.port());
}

// Kills until none is left. A process that the kernel does not let go (a hung disk) is waited for
// only so long.
Event Supervisor::AwaitNobody() {
  const SteadyTime until = steady_clock::now() + kKillPatience;
  // Before the group is closed to all forks.
  if (group_) refused_tasks_ = group_->RefusedTasks();
  while (true) {
    const bool group_gone = !group_ || group_->Kill();
    if (program_.KillAll() && group_gone) break;
    if (steady_clock::now() >= until) {
      status_.Note("WARNING", "Some processes of the replica do not end though they were killed.");
      break;
    }
    stop_.Wait(kKillLook);
  }
  end_ = program_.End();
  return Event::kAllGone;
}

void Supervisor::RecordNotStarted() {
  AwaitNobody();  // what a helper left behind
  v1::StartError& error = *status_.record().mutable_error();
  error.set_reason(error.code() == static_cast<int>(StatusCode::kCancelled)
                       ? v1::ExitReason::STOPPED_BEFORE_START
                       : ReasonOfPhase(status_.record()));
  if (status_.record().error().code() != static_cast<int>(StatusCode::kCancelled)) {
    status_.Note("ERROR", status_.record().error().message());
  }
  static_cast<void>(status_.WriteFinal());
}

void Supervisor::NoteEnd(const ProcessEnd& end) {
  if (!limits_.reason().empty()) status_.Note("ERROR", limits_.reason());
  if (refused_tasks_ > 0) {
    status_.Note("WARNING", "The program was refused " + std::to_string(refused_tasks_) +
                                " times when it asked for one more process or thread than its "
                                "limit of " +
                                std::to_string(spec_.limits().pids()) + ".");
  }
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
  status_.Note("INFO", spec_.program().empty() ? "Module completed; cleaning up."
                                               : "Program completed; cleaning up.");
  status_.Note("INFO", "Clean up finished.");
  if (end.ok()) status_.Note("INFO", "Task completed successfully.");
}

// The record says how long the spools are, so they are on the disk before it.
void Supervisor::SettleSpools() {
  for (Spool* spool : {&stdout_, &stderr_}) {
    const bool displaced = spool->IsDisplaced();
    const Status settled = spool->Settle();
    if (!settled.ok()) {
      Log(LogLevel::kError, "cannot sync a spool", {{"status", settled.ToString()}});
    } else if (displaced) {
      status_.Note("WARNING", "The program removed or replaced the file " +
                                  BaseName(spool->path()) + ", its own output. It is back, with " +
                                  std::to_string(spool->size()) + " bytes.");
    }
  }
}

// A program that filled the disk must not keep its own end from being told.
void Supervisor::MakeRoom() {
  for (const std::string_view folder : {model::kTmpFolder, model::kWorkFolder}) {
    if (files_.FreeBytes(spec_.replica_dir()).value_or(UINT64_MAX) >= kLittleRoom) return;
    const std::string path = JoinPath(spec_.replica_dir(), folder);
    if (!files_.RemoveTree(path).ok()) continue;
    status_.Note("WARNING", "The disk was full when the program had ended, so its folder " +
                                std::string(folder) + " was removed.");
  }
}

// A driver takes a moment to see that a process has gone.
void Supervisor::LookForGpuHolders() {
  if (spec_.gpus().uuids().empty()) return;
  const SteadyTime until = steady_clock::now() + kGpuPatience;
  std::vector<model::GpuHolder> left;
  while (true) {
    left = preparation_.GpuHolders();
    if (left.empty() || steady_clock::now() >= until) break;
    stop_.Wait(kGpuLook);
  }
  for (const model::GpuHolder& holder : left) {
    v1::GpuHolder* told = status_.record().mutable_exit()->add_gpu_holders();
    told->set_uuid(holder.uuid);
    told->set_pid(holder.pid);
    told->set_name(ToUtf8(holder.name));
    status_.Note("WARNING", "The GPU " + holder.uuid + " is still held by process " +
                                std::to_string(holder.pid) + " (" + holder.name +
                                "), though every process of the replica has gone. It is not leased "
                                "again before that is gone.");
  }
}

v1::ExitReason::Code Supervisor::Judge(const ProcessEnd& end) {
  if (!end.ok() && !stop_requested_ && !drilled_ && limits_.reason().empty())
    limits_.TakeOomKills(*group_);
  const std::string tail = end.ok() ? "" : stderr_.Tail(8192);
  return JudgeExit({.end = end,
                    .stop_requested = stop_requested_,
                    .drilled = drilled_,
                    .over_memory = limits_.over_memory(),
                    .over_output = limits_.over_output(),
                    .over_tasks = limits_.over_tasks(),
                    .refused_tasks = refused_tasks_,
                    .machine_oom = KernelOomKills() > kernel_oom_kills_,
                    .free_bytes = files_.FreeBytes(spec_.replica_dir()).value_or(UINT64_MAX),
                    .stderr_tail = tail});
}

void Supervisor::RecordExit() {
  if (waits_for_first_line_) LookForFirstLine();
  const ProcessEnd end = end_.value_or(ProcessEnd{.exit_code = 0, .signal = SIGKILL});
  v1::Exit* exit = status_.record().mutable_exit();
  exit->set_reason(Judge(end));
  SetTimestamp(exit->mutable_end_time(), clock_.Now());
  exit->set_exit_code(end.exit_code);
  exit->set_signal(end.signal);
  exit->set_oom_killed(exit->reason() == v1::ExitReason::OUT_OF_MEMORY);
  exit->set_peak_memory_bytes(program_.peak_bytes());
  exit->set_cpu_ns(program_.cpu_ns());
  sampler_.Sum(program_, *exit->mutable_use());
  exit->set_stop_requested(stop_requested_);
  exit->set_kill_reason(limits_.reason());
  exit->set_refused_pids(refused_tasks_);
  if (LooksForConnections()) LookForConnections();
  exit->set_reached(reached_);
  if (!end.ok()) {
    const std::string tail = stderr_.Tail(kTracebackTail);
    std::string traceback = LastTraceback(tail);
    if (traceback.empty()) traceback = InterpreterComplaint(tail, python_.interpreter);
    if (traceback.empty() && !spec_.program().empty()) traceback = LastLine(tail);
    exit->set_traceback(traceback);
  }
  NoteEnd(end);
  LookForGpuHolders();
  MakeRoom();
  SettleSpools();
  tmp_link_.Remove();
  exit->set_stdout_bytes(static_cast<std::int64_t>(stdout_.size()));
  exit->set_stderr_bytes(static_cast<std::int64_t>(stderr_.size()));
  status_.record().set_step(StatusRecord::EXITED);
  static_cast<void>(status_.WriteFinal());
}

}  // namespace mlengine::runner
