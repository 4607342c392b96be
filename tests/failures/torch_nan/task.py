import torch
torch.autograd.set_detect_anomaly(True)
weight = torch.zeros(1, requires_grad=True)
(torch.sqrt(weight) * 0).backward()
