"""A cluster of one thread in this process, as the engine's client of Dask sees it."""

from concurrent.futures import ThreadPoolExecutor


class ClusterHere:
    """Runs tasks one after the other, and keeps what each of them was given."""

    def __init__(self):
        self.given = []
        self._threads = ThreadPoolExecutor(1)

    def submit(self, function, *arguments, pure, retries):
        assert (pure, retries) == (False, 0)
        self.given.append(arguments)
        future = self._threads.submit(function, *arguments)
        future.release = lambda: None
        return future

    def run(self, function, *arguments, on_error):
        del on_error
        return {"the only worker": function(*arguments)}

    def nthreads(self):
        return {"the only worker": 1}

    def close(self, timeout):
        del timeout
        self._threads.shutdown()
