# SPDX-License-Identifier: Apache-2.0
import contextlib
import io
import subprocess
import threading

from lab import tasks
from lab.shell import Failed
from lab.tasks import Task
from lab.tests.base import LabCase

SECONDS = 10


class TestRun(LabCase):
    def setUp(self) -> None:
        super().setUp()
        self.done: list[str] = []
        self.said = io.StringIO()

    def task(self, name: str, *needs: str) -> Task:
        return Task(name, lambda: self.done.append(name), needs)

    def run_all(self, *given: Task) -> None:
        with contextlib.redirect_stdout(self.said):
            tasks.run(list(given), tasks.Progress())

    def test_after_what_it_needs(self) -> None:
        self.run_all(self.task('c', 'b'), self.task('b', 'a'), self.task('a'))
        self.assertEqual(['a', 'b', 'c'], self.done)

    def test_several_at_once(self) -> None:
        meeting = threading.Barrier(3, timeout=SECONDS)
        self.run_all(*(Task(name, meeting.wait) for name in 'abc'))

    def test_a_failure_ends_it(self) -> None:
        def fail() -> None:
            raise Failed('no')

        with self.assertRaisesRegex(Failed, 'first: no'):
            self.run_all(Task('first', fail), self.task('second', 'first'))
        self.assertEqual([], self.done)

    def test_a_failure_ends_the_waiting(self) -> None:
        def fail() -> None:
            raise Failed('no')

        waited: list[bool] = []

        def wait() -> None:
            waited.append(tasks.given_up.wait(SECONDS))

        with self.assertRaises(Failed):
            self.run_all(Task('waits', wait), Task('fails', fail))
        self.assertEqual([True], waited)

    def test_what_a_command_said_is_told(self) -> None:
        def fail() -> None:
            subprocess.run(
                ['sh', '-c', 'echo no socket; exit 1'],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )

        with self.assertRaisesRegex(Failed, 'exit status 1.\nno socket\n'):
            self.run_all(Task('asks', fail))

    def test_a_surprise_is_one_sentence(self) -> None:
        def surprise() -> None:
            raise KeyError('what')

        with self.assertRaises(Failed) as caught:
            self.run_all(Task('first', surprise))
        log = self.lab / 'logs' / 'lab.log'
        sentence, where = str(caught.exception).splitlines()
        self.assertEqual("first: KeyError: 'what'", sentence)
        self.assertIn(str(log), where)
        self.assertIn('Traceback', log.read_text())
        self.assertNotIn('Traceback', self.said.getvalue())
