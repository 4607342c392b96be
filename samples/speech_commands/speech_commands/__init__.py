"""Recognition of single spoken words: a training package for mlengine, and a sample of how to write one.

    train         the program: python -m speech_commands.train
    flags         what it can be told
    cluster       which replica this is (TF_CONFIG)
    attendance    whether the other replicas are there
    split         which clip is for training, validation or testing; the labels
    wav           WAV bytes to samples
    clips         where the clips lie: folders, an archive, local or gs://
    download      fetching the public archive
    input_data    clips in memory, and batches of them
    features      audio to spectral features
    models        the architectures
    steps         one step of training, one of validation
    checkpoints   what survives a restart
    training      the run: steps, summaries, checkpoints, validation, the final test
    shared        the steps of a run in a cluster, as its chief
    remote_input  the clips of a worker
    serving       a worker or a parameter server
    evaluation    the evaluator
    export        SavedModel for serving: python -m speech_commands.export
    label_wav     ask an exported model about a WAV file: python -m speech_commands.label_wav
    stream        listen to a long WAV file through a served model: python -m speech_commands.stream
    make_stream   a long WAV file and the list of its words: python -m speech_commands.make_stream
    recognizer    scores of windows to commands
    accuracy      how many commands of a stream were found
    served        a served model, asked over HTTP
    saved         an exported model, in this process
"""
