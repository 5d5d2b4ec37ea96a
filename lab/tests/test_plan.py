# SPDX-License-Identifier: Apache-2.0
import graphlib
import unittest

from lab import hosts, plan, settings


def order() -> list[str]:
    graph = {
        task.name: task.needs for task in plan.tasks(settings.DEFAULT_RELEASE)
    }
    return list(graphlib.TopologicalSorter(graph).static_order())


class TestPlan(unittest.TestCase):
    def test_each_is_there_once(self) -> None:
        names = [task.name for task in plan.tasks(settings.DEFAULT_RELEASE)]
        # static_order also lists what is needed and nowhere made.
        self.assertEqual(sorted(names), sorted(order()))

    def needs(self, name: str) -> set[str]:
        known = {
            task.name: task for task in plan.tasks(settings.DEFAULT_RELEASE)
        }
        found = set(known[name].needs)
        return found.union(*(self.needs(need) for need in found))

    def test_patched_before_nova_starts(self) -> None:
        for name in ('nova begins', 'compute1: nova-compute'):
            self.assertIn(
                'our package and patches into Nova', self.needs(name)
            )

    def test_guests_are_forgotten_before_their_folders_are_made(self) -> None:
        self.assertIn('database folder', self.needs('configuration'))

    def test_no_host_before_its_configuration(self) -> None:
        self.assertIn('configuration', self.needs('hosts'))

    def test_a_host_alone_needs_nothing_of_the_others(self) -> None:
        for host in hosts.COMPUTES:
            found = plan.tasks_of_host(host)
            names = {task.name for task in found}
            self.assertEqual(len(found), len(names))
            for task in found:
                self.assertLessEqual(set(task.needs), names)
                self.assertTrue(task.needs or task.name == 'hosts')
