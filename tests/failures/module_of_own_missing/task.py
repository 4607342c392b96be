from trainer import task
import trainer.inputs
