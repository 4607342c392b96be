// Named moments of a program: before and after each durable write, each rename, each spawn, each
// commit, each answer. In test builds (MLENGINE_CRASH_POINTS) a test may let the process die, stop,
// wait or lose its clock at one of them; in every other build nothing happens there. Any thread.
#pragma once

#include <string_view>

namespace mlengine {

// `what` is the moment ("rename.before"); `path`, when given, the file or program it is about: the
// point is named by both, with digits as N, a digest as "hash", and without what makes a name
// unique
// ("rename.before status-N.json"; whatever lies in a bucket is "object").
//
// MLENGINE_CRASH="PROGRAM|POINT|NTH|ACTION|FOLDER" asks for one: at the NTH time that PROGRAM comes
// to POINT, once in all (whoever removes FOLDER/ticket), ACTION is done: "kill" (SIGKILL), "exit",
// "stop" (SIGSTOP), "pause" (FOLDER/reached is made, then FOLDER/go waited for), "jump:SECONDS"
// (the time of day from now on). MLENGINE_CRASH_TRACE=FILE appends each point passed, a line
// "PROGRAM|POINT".
void CrashPoint(std::string_view what, std::string_view path = {});

// What a "jump" added to the time of day, in seconds.
long long CrashClockOffset();

}  // namespace mlengine
