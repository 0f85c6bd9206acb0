import { Button, Group, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';

interface PagerProps {
  /** What is turned, such as `Pages of alerts`. */
  readonly label: string;
  /** From 1. */
  readonly page: number;
  readonly more: boolean;
  /** Where we are, such as `21–40 of 57`. */
  readonly place?: string;
  readonly back: string;
  readonly forth: string;
  readonly onPage: (page: number) => void;
}

/** To the next page and back. Nothing where one page holds all. */
export function Pager({ label, page, more, place, back, forth, onPage }: PagerProps): React.ReactNode {
  if (page === 1 && !more) return null;
  return (
    <Group component="nav" aria-label={label} gap="sm">
      <Button variant="default" size="sm" disabled={page === 1} onClick={() => onPage(page - 1)} leftSection={<IconChevronLeft size={16} aria-hidden />}>{back}</Button>
      {place !== undefined && <Text size="sm">{place}</Text>}
      <Button variant="default" size="sm" disabled={!more} onClick={() => onPage(page + 1)} rightSection={<IconChevronRight size={16} aria-hidden />}>{forth}</Button>
    </Group>
  );
}
