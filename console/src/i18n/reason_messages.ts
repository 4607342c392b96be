import { defineMessages } from "./messages";

/** What the engine says by a code: why a job waits, what it is doing. */
export const reason = defineMessages({
  en: {
    needsRoom:
      "It needs {n} slot of the {poolSlots} of the pool; {freeSlots} free now.|It needs {n} slots of the {poolSlots} of the pool; {freeSlots} free now.",
    needsRoomGpus:
      "It needs {n} slot and {gpus} GPUs of the {poolSlots} and {poolGpus} of the pool; {freeSlots} slots and {freeGpus} GPUs are free.|It needs {n} slots and {gpus} GPUs of the {poolSlots} and {poolGpus} of the pool; {freeSlots} slots and {freeGpus} GPUs are free.",
    needsWholePool:
      "It needs {n} slots, more than the {poolSlots} of the pool, so it runs alone, once all of them are free.",
    noTpu: "It needs {tpus} TPUs, and no pool has such a device: it waits until it is cancelled.",
    tooFewGpus:
      "It needs {gpus} GPUs, and no pool has so many: the local one has {poolGpus}. It waits until it is cancelled, or the server finds more.",
    gpusShareNoSlots:
      "It needs {n} slots and {gpus} GPUs at once, and the pool has {poolSlots} slots: jobs with GPUs do not share them. It waits until it is cancelled.",
    heldBy: "Room is held by {jobs}.",
    behind:
      "{n} job is before it, of a higher priority or older: {jobs}.|{n} jobs are before it, of a higher priority or older: {jobs}.",
    next: "It is the next to start.",
    startsBy: "It starts at {time} at the latest, by the maxRunningTime of those that run.",
    startsAbout:
      "It starts at about {time}, if jobs take as long as the last {n} that succeeded in this project: {seconds} s, their median.",
    startUnknown:
      "When it starts is not known: no job of this project has succeeded yet that would tell how long they take.",
    startOverdue: "When it starts is not known: what runs takes longer than jobs of this project have taken.",
    noDevice: "It asks for {n} of {quota}; no pool has such a device, so it waits until one has.",
    tooFewDevices:
      "It asks for {asked} accelerators, more than the {gpus} GPUs that the pool has, so it waits until there are as many.",
    quotaTooLow:
      "It asks for {n} of {quota}, and the quota of project {project} in {region} is {limit} now, so it waits until that is raised.",
    quotaTaken:
      "It needs {n} of {quota}. Of the quota of project {project} in {region}, {limit}, {free} can be had now; held by {jobs}.",
    quotaOrder:
      "It goes after {job}, which waits for the quota of project {project} in {region}: there jobs keep their order.",
    diskLow:
      "It waits for room on the disk of {folder}: {freeSpace} free, and {lowWater} must stay. New jobs and uploads are refused; running jobs go on. Free some space there, and work is taken again by itself.",
    projectBudgetSpent:
      "The budget of project {project} is spent: {spent} of {limit} {currency}. It waits until that is raised: mlengine budgets set project AMOUNT --project={project}.",
    monthBudgetSpent:
      "The budget of project {project} in {month} is spent: {spent} of {limit} {currency}. It waits until {time}, or until that is raised: mlengine budgets set month AMOUNT --project={project}.",
    aboutToStart: "It has its room and is about to be started.",
    starting: "It has its room and is being started, attempt {attempt}.",
    running: "It runs, attempt {attempt}.",
    stopping: "It is being stopped, as was asked.",
    replicasRun: "{done} of its {n} replicas run.",
    replicasBegan: "{done} of its {n} replicas run or have ended.",
    replicasEnded: "{done} of its {n} replicas have ended.",
    andMore: "{jobs} and {n} more",
  },
  ko: {
    needsRoom: "슬롯 {n}개가 필요합니다. 풀의 {poolSlots}개 중 {freeSlots}개가 비어 있습니다.",
    needsRoomGpus:
      "슬롯 {n}개와 GPU {gpus}개가 필요합니다. 풀에는 슬롯 {poolSlots}개와 GPU {poolGpus}개가 있으며, 그중 슬롯 {freeSlots}개와 GPU {freeGpus}개가 비어 있습니다.",
    needsWholePool:
      "풀의 {poolSlots}개보다 많은 슬롯 {n}개가 필요하므로, 모든 슬롯이 비면 단독으로 실행됩니다.",
    noTpu: "TPU {tpus}개가 필요하지만 이를 갖춘 풀이 없습니다. 취소할 때까지 대기합니다.",
    tooFewGpus:
      "GPU {gpus}개가 필요하지만 풀에는 {poolGpus}개뿐입니다. 취소하거나 서버에 GPU가 더 생길 때까지 대기합니다.",
    gpusShareNoSlots:
      "슬롯 {n}개와 GPU {gpus}개가 동시에 필요하지만 풀의 슬롯은 {poolSlots}개입니다. GPU를 사용하는 작업은 슬롯을 나누어 쓰지 않으므로 취소할 때까지 대기합니다.",
    heldBy: "현재 자리를 사용하는 작업: {jobs}",
    behind: "우선순위가 높거나 먼저 제출된 작업 {n}개가 앞에 있습니다: {jobs}",
    next: "다음 차례로 시작됩니다.",
    startsBy: "실행 중인 작업의 maxRunningTime에 따라 늦어도 {time}에 시작됩니다.",
    startsAbout:
      "작업 시간이 이 프로젝트에서 최근 성공한 {n}개 작업의 중앙값({seconds}초)과 같다면 약 {time}에 시작됩니다.",
    startUnknown:
      "시작 시각을 알 수 없습니다. 이 프로젝트에는 소요 시간을 가늠할 만한 성공한 작업이 아직 없습니다.",
    startOverdue:
      "시작 시각을 알 수 없습니다. 실행 중인 작업이 이 프로젝트의 이전 작업보다 오래 걸리고 있습니다.",
    noDevice: "{quota} {n}개를 요청했지만 이 장치를 갖춘 풀이 없어 생길 때까지 대기합니다.",
    tooFewDevices: "풀의 GPU {gpus}개보다 많은 가속기({asked})를 요청했으므로 그만큼 생길 때까지 대기합니다.",
    quotaTooLow:
      "{quota} {n}개를 요청했지만 {region}의 프로젝트 {project} 할당량이 현재 {limit}개이므로, 할당량을 늘릴 때까지 대기합니다.",
    quotaTaken:
      "{quota} {n}개가 필요합니다. {region}의 프로젝트 {project} 할당량 {limit}개 중 지금 사용할 수 있는 것은 {free}개이며, {jobs}에서 사용하고 있습니다.",
    quotaOrder:
      "{region}의 프로젝트 {project} 할당량을 기다리는 {job} 다음에 시작됩니다. 할당량을 기다리는 작업은 순서를 지킵니다.",
    diskLow:
      "{folder} 디스크에 공간이 생길 때까지 대기합니다. 여유 공간 {freeSpace}, 최소 {lowWater}가 필요합니다. 새 작업과 업로드는 거부되고 실행 중인 작업은 계속됩니다. 공간을 확보하면 자동으로 다시 시작됩니다.",
    projectBudgetSpent:
      "프로젝트 {project}의 예산을 모두 사용했습니다({limit} {currency} 중 {spent}). 예산을 늘릴 때까지 대기합니다: mlengine budgets set project AMOUNT --project={project}",
    monthBudgetSpent:
      "프로젝트 {project}의 {month} 예산을 모두 사용했습니다({limit} {currency} 중 {spent}). {time}이 되거나 예산을 늘릴 때까지 대기합니다: mlengine budgets set month AMOUNT --project={project}",
    aboutToStart: "자리가 배정되어 곧 시작됩니다.",
    starting: "자리가 배정되어 시작하는 중입니다(시도 {attempt}).",
    running: "실행 중입니다(시도 {attempt}).",
    stopping: "요청에 따라 중지하는 중입니다.",
    replicasRun: "복제본 {n}개 중 {done}개가 실행 중입니다.",
    replicasBegan: "복제본 {n}개 중 {done}개가 실행 중이거나 종료되었습니다.",
    replicasEnded: "복제본 {n}개 중 {done}개가 종료되었습니다.",
    andMore: "{jobs} 외 {n}개",
  },
});
