import json, os
import torch
import torch.distributed as dist
config = json.loads(os.environ["TF_CONFIG"])
master = config["cluster"].get("master", config["cluster"].get("chief"))[0]
rank = 0 if config["task"]["type"] in ("master", "chief") else 1
dist.init_process_group("gloo", init_method="tcp://" + master, rank=rank, world_size=2)
for step in range(5):
    if rank == 1 and step == 3:
        raise ValueError("step 3: the gradient is empty")
    dist.all_reduce(torch.ones(4))
