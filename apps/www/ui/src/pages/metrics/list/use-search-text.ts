import { useState } from 'react';
import { NavigationType, useLocation, useNavigationType, useSearchParams } from 'react-router-dom';

/**
 * What is searched for: told to the address at each key, and taken from it on the way back. The
 * router shows a new address when it has time for it; a field that waited for that would lose
 * keys that are typed quickly.
 */
export function useSearchText(parameter: string, onChange: (text: string) => void): readonly [text: string, setText: (text: string) => void] {
  const [search] = useSearchParams();
  const { key } = useLocation();
  const wentBack = useNavigationType() === NavigationType.Pop;
  const [text, setText] = useState(search.get(parameter) ?? '');
  const [shownKey, setShownKey] = useState(key);
  if (key !== shownKey) {
    setShownKey(key);
    if (wentBack) setText(search.get(parameter) ?? '');
  }
  return [
    text,
    (next) => {
      setText(next);
      onChange(next);
    },
  ];
}
