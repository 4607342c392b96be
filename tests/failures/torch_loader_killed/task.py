import os, signal
os.environ["TMPDIR"] = "/tmp"  # the path of a socket must be short
import torch
class Rows(torch.utils.data.Dataset):
    def __len__(self):
        return 8
    def __getitem__(self, index):
        os.kill(os.getpid(), signal.SIGKILL)
if __name__ == "__main__":
    for batch in torch.utils.data.DataLoader(Rows(), num_workers=1):
        print(batch)
